package difference

import (
	"strconv"
	"strings"
)

// short cuts the middle of a long ARN: its beginning names the service, its end the resource.
func short(arn string) string {
	const most = 120
	if r := []rune(arn); len(r) > most {
		return string(r[:most/2]) + "…" + string(r[len(r)-most/2:])
	}
	return arn
}

func list(names []string, all, most int) string {
	text := strings.Join(names[:min(len(names), most)], ", ")
	if more := all - min(len(names), most); more > 0 {
		text += " and " + itoa(more) + " more"
	}
	return text
}

func counted(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return itoa(n) + " " + more
}

func itoa(n int) string { return strconv.Itoa(n) }

func given(conditions []string) string {
	if len(conditions) == 0 {
		return ""
	}
	var names []string
	for _, c := range conditions {
		names = append(names, short(c))
	}
	return ", with conditions on " + list(names, len(names), 3)
}
