package catalog

import "strings"

// find returns line and column, from 1, of the first token equal to want, or 0.
func find(text, want string) (line, column int) {
	for i := 0; i < len(text); {
		n := 1
		switch c := text[i]; {
		case strings.HasPrefix(text[i:], "//"):
			n = len(text[i:])
			if end := strings.IndexByte(text[i:], '\n'); end >= 0 {
				n = end
			}
		case c == '"':
			for n = 1; i+n < len(text) && text[i+n] != '"'; n++ {
				if text[i+n] == '\\' {
					n++
				}
			}
			n = min(n+1, len(text)-i)
		case inWord(c):
			for i+n < len(text) && inWord(text[i+n]) {
				n++
			}
		}
		if text[i:i+n] == want {
			return strings.Count(text[:i], "\n") + 1, i - strings.LastIndexByte(text[:i], '\n')
		}
		i += n
	}
	return 0, 0
}

func inWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
