package standing

import (
	"fmt"
	"slices"
	"strings"

	"curfew/shared/outliving"
)

// classPoints is the term "class" of package documentation.
var classPoints = map[string]int{
	string(outliving.Trust): 12, string(outliving.Credentials): 8, string(outliving.Code): 8, string(outliving.Log): 6,
	string(outliving.Sharing): 5, string(outliving.Sessions): 4, Deletion: 5,
}

// score fills in the terms of an entry and their sum.
func (e *Entry) score(c *Credential) {
	e.privilegeTerms()
	harmless := !e.Privileged()
	e.useTerms()
	e.accessTerms(c, harmless)
	for _, t := range e.Terms {
		e.Score += t.Points
	}
	e.Score = min(e.Score, 100)
}

func (e *Entry) term(name string, points int, format string, a ...any) {
	if points > 0 {
		e.Terms = append(e.Terms, Term{name, points, fmt.Sprintf(format, a...)})
	}
}

func (e *Entry) privilegeTerms() {
	switch {
	case strings.Contains(e.Admin, "conditions"):
		e.term("admin", 40, "it may do %s", e.Admin)
	case e.Admin != "":
		e.term("admin", 50, "it may do %s", e.Admin)
	default:
		for _, c := range e.Classes {
			points, where := classPoints[c.Name], "on every resource"
			if !c.Everywhere {
				points, where = (points+1)/2, "on some resources"
			}
			e.term("class", points, "%s: %s %s, as %s", c.Name, counted(c.Count, "action"), where, c.Actions[0])
		}
		e.pathTerm()
	}
	if e.Unknown != "" {
		e.term("unknown", 30, "its policies are not all known: %s", e.Unknown)
	}
}

func (e *Entry) pathTerm() {
	points, best := 0, Path{}
	for _, p := range e.Paths {
		n := 8
		switch {
		case p.Admin && p.Open == "":
			n = 30
		case p.Admin:
			n = 15
		}
		if n > points {
			points, best = n, p
		}
	}
	if points > 0 {
		e.term("path", points, "it can become %s in %s%s", best.To, counted(len(best.Steps), "step"), openly(best.Open))
	}
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func openly(why string) string {
	if why == "" {
		return ""
	}
	return ", perhaps: " + why
}

func (e *Entry) useTerms() {
	if u := e.Unused; u != nil && u.Unused > 0 {
		known := u.Used + u.Unused
		e.term("unused", max(1, 10*u.Unused/known), "%d of %d privileged actions, of those of which use is known, are unused", u.Unused, known)
	}
}

// accessTerms are those of who gets in. Without privilege they count a quarter.
func (e *Entry) accessTerms(c *Credential, harmless bool) {
	term := func(name string, points int, why string) {
		if harmless {
			points = (points + 3) / 4
		}
		e.term(name, points, "%s", why)
	}
	points, oldest := 0, 0
	for _, k := range e.Keys {
		if k.Active {
			oldest = max(oldest, k.Days)
			points = max(points, keyPoints(k.Days))
		}
	}
	term("keys", points, fmt.Sprintf("an active access key is %d days old", oldest))
	if c != nil && c.Password && !c.MFA {
		term("mfa", 10, "a console password without MFA")
	}
	if len(e.Outside) > 0 {
		term("outside", e.Outside[0].Points, e.Outside[0].Who+": "+e.Outside[0].Why)
	}
	if e.MissingBoundary {
		term("boundary", 5, "no accepted boundary")
	}
}

func keyPoints(days int) int {
	switch {
	case days > 365:
		return 15
	case days > 90:
		return 10
	}
	return 5
}

// topScores is how many of the highest scores make the score of an account.
const topScores = 20

// total is half the highest score plus half the mean of the 20 highest.
func total(scores []int) int {
	const most = topScores
	slices.SortFunc(scores, func(a, b int) int { return b - a })
	if len(scores) == 0 {
		return 0
	}
	sum := 0
	for _, s := range scores[:min(len(scores), most)] {
		sum += s
	}
	return (scores[0]*most + sum + most) / (2 * most) // rounded
}
