"""The command line: results on stdout, words on stderr."""
