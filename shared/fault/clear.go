package fault

import (
	"strings"
	"unicode"
)

const (
	zwnj, zwj = '\u200c', '\u200d'
	// blanks are letters, marks and symbols without ink: of braille, hieroglyphs, Khitan and music, and the place of an object.
	blanks = "\u2800\U00013441\U00013442\U00016fe4\U0001d159\ufffc"

	maxMarks, maxSpaces = 4, 2 // in a row
)

// isSeen is false for spaces, and for Hangul fillers and their like, which fonts show as nothing.
func isSeen(r rune) bool {
	return unicode.IsGraphic(r) && !strings.ContainsRune(blanks, r) && !unicode.In(r, unicode.Zs, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// isClear reports whether the rune at i is seen, is a space, or changes the look of its neighbours. Longer rows of marks and wide spaces
// cover or move what else is to be read.
func isClear(runes []rune, i int) bool {
	switch r := runes[i]; {
	case r == zwnj, r == zwj:
		return i+1 < len(runes) && joins(r, base(runes[:i]), runes[i+1])
	case unicode.Is(unicode.Variation_Selector, r):
		return i > 0 && selects(runes[i-1], r)
	case unicode.Is(unicode.M, r):
		return isSeen(r) && marks(runes[:i]) < maxMarks
	case unicode.Is(unicode.Zs, r):
		return r == ' ' || i < maxSpaces || !unicode.Is(unicode.Zs, runes[i-1]) || !unicode.Is(unicode.Zs, runes[i-2])
	default:
		return isSeen(r)
	}
}

// marks counts the marks at the end, at most maxMarks. Joiners do not end their row.
func marks(runes []rune) (n int) {
	for i := len(runes) - 1; i >= 0 && n < maxMarks; i-- {
		switch r := runes[i]; {
		case unicode.Is(unicode.M, r):
			n++
		case r != zwnj && r != zwj:
			return n
		}
	}
	return n
}

// base returns the last rune that is no mark, or 0.
func base(runes []rune) rune {
	for i := len(runes) - 1; i >= 0; i-- {
		if !unicode.Is(unicode.M, runes[i]) {
			return runes[i]
		}
	}
	return 0
}

// joins reports whether a joiner changes how its neighbours look: in cursive and Indic scripts, and in sequences of emoji.
func joins(joiner, before, after rune) bool {
	if joiner == zwj && unicode.Is(unicode.So, after) && (unicode.Is(unicode.So, before) || before >= '\U0001f3fb' && before <= '\U0001f3ff') { // skin tones
		return true
	}
	return joined(before) && joined(after)
}

func joined(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M) && unicode.In(r, unicode.Arabic, unicode.Syriac, unicode.Nko, unicode.Mongolian,
		unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala)
}

// selects reports whether of has variants that the selector chooses: others would carry hidden data.
// https://www.unicode.org/reports/tr37/
func selects(of, selector rune) bool {
	switch {
	case selector <= '\u180f':
		return unicode.Is(unicode.Mongolian, of) && unicode.Is(unicode.L, of)
	case selector == '\ufe0e' || selector == '\ufe0f':
		return unicode.Is(unicode.So, of) && isSeen(of)
	default:
		return unicode.Is(unicode.Han, of)
	}
}
