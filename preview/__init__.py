"""The preview for authors: a page that shows what is published, follows the files, and shows problems in their place.

`mittari preview` calls `preview.running.run`. Nothing is stored and nothing is sent anywhere.
"""
