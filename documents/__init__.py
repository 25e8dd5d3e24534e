"""The papers that let an area start: templates in Markdown that site.yaml fills, as pages to print and files for Word.

Markdown is what a document is: `filling` makes it, `marks` reads it, `page` and `word` show it.
"""
