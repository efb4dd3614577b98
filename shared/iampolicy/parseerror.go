package iampolicy

import (
	"bytes"
	"fmt"
)

// ParseError is what is wrong with a document and where.
type ParseError struct {
	Path   string // like Statement[2].Condition.DateLessThan; "" is the document
	Line   int    // from 1
	Column int    // from 1, in bytes
	Why    string // one line, lower case
}

// Error returns one line with place and reason.
func (e *ParseError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Why)
	}
	return fmt.Sprintf("%s (line %d, column %d): %s", e.Path, e.Line, e.Column, e.Why)
}

func parseErrorAt(text []byte, path string, offset int, why string) *ParseError {
	before := text[:min(max(offset, 0), len(text))]
	return &ParseError{
		Path:   path,
		Line:   1 + bytes.Count(before, []byte{'\n'}),
		Column: len(before) - bytes.LastIndexByte(before, '\n'),
		Why:    why,
	}
}
