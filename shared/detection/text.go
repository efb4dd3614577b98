package detection

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
)

const (
	maxText  = 2048 // bounds a text in Cedar, in bytes: the longest ARN
	maxShown = 256  // bounds a value in a line, in bytes
)

// visible shows control characters as escapes and cuts long values.
func visible(s string) string {
	quoted := strconv.QuoteToGraphic(bounded(s, maxShown))
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}

// bounded is at most so many bytes of valid UTF-8.
func bounded(s string, most int) string {
	if len(s) > most {
		s = s[:most]
	}
	return strings.ToValidUTF8(s, "\ufffd")
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:8])
}
