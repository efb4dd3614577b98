package strictjson

import (
	"fmt"
	"strings"
)

// CheckDepth refuses text that is nested deeper than [MaxDepth], before a parser reads it. It knows the strings, comments,
// brackets and repeated signs of JSON and of Cedar, and checks nothing else. The error is an [*Error].
func CheckDepth(text string) error {
	open, signs := 0, 0
	for at := 0; at < len(text); at++ {
		switch c := text[at]; c {
		case ' ', '\t', '\r', '\n':
			continue
		case '!', '-':
			signs++
		case '(', '[', '{':
			open, signs = open+1, 0
		case ')', ']', '}':
			open, signs = max(0, open-1), 0
		case '"':
			for at++; at < len(text) && text[at] != '"'; at++ {
				if text[at] == '\\' {
					at++
				}
			}
			signs = 0
		case '/':
			if strings.HasPrefix(text[at:], "//") {
				comment, _, _ := strings.Cut(text[at:], "\n")
				at += len(comment)
			}
		default:
			signs = 0
		}
		if max(open, signs) > MaxDepth {
			return &Error{Reason: TooDeep, Offset: at, Why: fmt.Sprintf("brackets or signs nested deeper than %d", MaxDepth)}
		}
	}
	return nil
}
