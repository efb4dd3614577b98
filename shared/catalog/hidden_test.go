package catalog

import "testing"

func TestWhatCannotBeSeenIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		line int // 0: fine
	}{
		"plain":                     {"about: x\n# a comment\n", 0},
		"lines of Windows":          {"about: x\r\nmax: 1h\r\n", 0},
		"other scripts and a tab":   {"about: жœ\t日本\n", 0},
		"a line end within a line":  {"about: x\n# reviewed\rmfa: true\n", 2},
		"a line end of Unicode":     {"# reviewed\u2028mfa: true\n", 1},
		"next line":                 {"# reviewed\u0085mfa: true\n", 1},
		"right to left":             {"about: x\nwhy: a\u202eb\n", 2},
		"no width":                  {"gro\u200bup: x\n", 1},
		"a mark at the beginning":   {"\ufeffabout: x\n", 1},
		"not UTF-8":                 {"about: \xff\n", 1},
		"UTF-16":                    {"\xff\xfea\x00", 1},
		"a bell":                    {"about: \a\n", 1},
		"the last byte is a return": {"about: x\r", 1},
	} {
		t.Run(name, func(t *testing.T) {
			p, bad := findHidden("x.yaml", []byte(c.text))
			if bad != (c.line > 0) || p.Line != c.line {
				t.Errorf("hidden = %+v, %v; want line %d", p, bad, c.line)
			}
		})
	}
}
