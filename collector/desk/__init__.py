"""The desk: staff pages in the browser, for an ordinary working day. An application of its own: the public collector
never serves it, and a page of it calls what a command of the same name calls.

What other programs do for it (reports, exports, the instruments' folder, papers) is handed in by the command, as
`works` says.
"""
