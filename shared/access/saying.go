package access

import "fmt"

// MaxSaying is in characters.
const MaxSaying = 200

// maxSayings are told of one denial. The ids of all are in [fault.Reasons].
const maxSayings = 3

// said is the end of a denial's text: the ids of the policies that denied with their reasons.
func (v Verdict) said() (text string) {
	for i, one := range v.Says {
		if i == maxSayings {
			return text + fmt.Sprintf("; and %d more", len(v.Says)-i)
		}
		text += map[bool]string{true: ": ", false: "; "}[i == 0] + fmt.Sprintf("%s says %q", one.Policy, one.Reason)
	}
	return text
}
