"""The pages people read: each executed notebook as one HTML file, and the index over all.

`webpage` makes a page that stands alone, `article` turns a notebook's cells into its text, `index`
puts all reports on one page.
"""
