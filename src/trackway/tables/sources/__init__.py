"""The door: from any raw file to one vocabulary of events.

`files` finds and opens what is to be read, `schemas` knows the sources by their columns, `read`
parses them and keeps what cannot be read, `facts` tells the later steps what the data carry.
"""
