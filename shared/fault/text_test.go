package fault_test

import (
	"strings"
	"testing"
	"unicode"

	"curfew/shared/fault"
)

func TestReasonsInAllLanguagesAreAccepted(t *testing.T) {
	for name, s := range map[string]string{
		"Japanese":               "本番\u3000障害の対応",
		"French":                 "base\u00a0: panne\u202f!",
		"Persian":                "می\u200cخواهم",
		"Hindi":                  "क्\u200dष की मरम्मत",
		"Malayalam":              "അവന്\u200d",
		"Hebrew":                 "תיקון תקלה",
		"Thai":                   "แก้ไขระบบ",
		"Korean":                 "장애 대응",
		"a family":               "👩\u200d👧 on call",
		"a heart on fire":        "❤\ufe0f\u200d🔥",
		"an ideograph":           "葛\U000e0100城",
		"accents, combined":      "re\u0301paration",
		"Vietnamese":             "sửa lỗi hệ thống, so\u031b\u0309 vie\u0323\u0302c",
		"Japanese, indented":     "\u3000\u3000障害",
		"Sinhala":                "ශ්\u200dරී",
		"Bengali":                "র\u200d্যাব",
		"Mongolian":              "ᠠ\u180b",
		"two tones of skin":      "👩🏽\u200d💻👨\u200d👩\u200d👧\u200d👦",
		"Arabic, with vowels":    "خِ\u200cم",
		"Hebrew, with all marks": "ש\u05c1\u05bc\u05b8\u0592לום",
	} {
		if name == "Malayalam" {
			s += "വന്നു" // a joiner at the end of a word joins nothing
		}
		if err := fault.CheckText("reason", s, 1, 500); err != nil || fault.Escaped(s) != s {
			t.Errorf("%s: %v, shown as %s", name, err, fault.Escaped(s))
		}
	}
}

func TestReasonsThatReadersDoNotSeeAsTheyAreAreRefused(t *testing.T) {
	for name, s := range map[string]string{
		"nothing":                       "",
		"spaces":                        " \u3000\u00a0",
		"a filler":                      "\u3164",
		"a blank of braille":            "\u2800",
		"an accent on nothing":          "\u0301",
		"a joiner alone":                "\u200d",
		"a joiner in Latin":             "ad\u200cmin",
		"a selector for each letter":    "a\U000e0100b\U000e0101c\U000e0102",
		"a selector of ideographs":      "😀\U000e0141",
		"a selector of symbols":         "葛\ufe0f",
		"a selector on a filler":        "ok\ufffc\ufe0f",
		"stacked overlays":              "ab" + strings.Repeat("\u0336\u20dd\u0489", 150),
		"five marks":                    "a\u0301\u0301\u0301\u0301\u0301",
		"marks between joiners":         "क\u093c\u093c\u200d\u093c\u093c\u200d\u093c",
		"joiners in Cyrillic":           "а\u200dб\u200cв",
		"a joiner from Latin to Arabic": "a\u200cم",
		"a non-joiner in emoji":         "👩\u200c👧",
		"a symbol without ink":          "a\U0001d159b",
		"a filler of Khitan":            "a\U00016fe4b",
		"wide spaces":                   "ok" + strings.Repeat("\u3000", 490) + "x",
		"wide spaces between others":    "ok" + strings.Repeat(" \u3000", 200) + "x",
		"a joiner at the end":           "می\u200c",
		"two joiners":                   "می\u200c\u200cخواهم",
		"a selector on nothing":         "\ufe0f!",
		"hidden data in selectors":      "x\ufe00\ufe01\ufe02",
		"a zero-width space":            "a\u200bb",
		"a soft hyphen":                 "a\u00adb",
		"a grapheme joiner":             "a\u034fb",
		"text direction":                "a\u202eb",
		"a mark of direction":           "a\u200fb",
		"a line break":                  "a\nb",
		"a line separator":              "a\u2028b",
		"a terminal's escape":           "a\x1b[2Jb",
		"tags":                          "a\U000e0041b",
		"a byte order mark":             "\ufeffa",
		"a filler within":               "a\u3164b",
		"bytes that are no text":        "a\xffb",
		"longer than it may be":         strings.Repeat("a", 501),
		"no character":                  "a\ufffeb",
	} {
		if err := fault.CheckText("reason", s, 1, 500); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzTextThatIsAcceptedIsSeen(f *testing.F) {
	f.Add("می\u200cخواهم")
	f.Add("a\u202eb")
	f.Add("❤\ufe0f\u200d🔥")
	f.Fuzz(func(t *testing.T, s string) {
		ok := fault.CheckText("reason", s, 1, 500) == nil
		if ok && fault.Escaped(s) != s {
			t.Errorf("%q is accepted and shown as %q", s, fault.Escaped(s))
		}
		seen := false
		for _, r := range fault.Escaped(s) {
			if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d' {
				t.Errorf("%q is shown with U+%04X", s, r)
			}
			seen = seen || unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S)
		}
		if ok && !seen {
			t.Errorf("%q is accepted, and there is nothing to see", s)
		}
	})
}
