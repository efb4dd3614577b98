package access

import "fmt"

// MaxSaying is in characters.
const MaxSaying = 200

// maxSayings bounds one text.
const maxSayings = 3

// said ends the text of a denial.
func (v Verdict) said() (text string) {
	for i, one := range v.Says {
		if i == maxSayings {
			return text + fmt.Sprintf("; and %d more", len(v.Says)-i)
		}
		text += map[bool]string{true: ": ", false: "; "}[i == 0] + fmt.Sprintf("%s says %q", one.Policy, one.Reason)
	}
	return text
}
