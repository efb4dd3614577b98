package queries

import (
	"fmt"
	"strconv"
	"strings"

	"curfew/shared/fault"
)

// Cell is a value in a file of CSV; NULL is empty. A spreadsheet does not run it: a text that it would take for a formula
// begins with an apostrophe. https://owasp.org/www-community/attacks/CSV_Injection
func Cell(v Value) string {
	switch v := v.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case string:
		if v != "" && strings.ContainsRune("=+-@\t\r", rune(v[0])) {
			return "'" + fault.Escaped(v)
		}
		return fault.Escaped(v)
	}
	return fmt.Sprint(v)
}
