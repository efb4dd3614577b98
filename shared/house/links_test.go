package house

import (
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

var (
	inlineLink = regexp.MustCompile(`\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)`)
	linkTarget = regexp.MustCompile(`^\s{0,3}\[[^\]]+\]:\s*<?(\S+?)>?(?:\s+"[^"]*")?\s*$`)
	codeSpan   = regexp.MustCompile("`[^`]*`")
	heading    = regexp.MustCompile(`^#{1,6}\s+(.+?)\s*#*\s*$`)
)

var linkRules = []rule{{
	name:  "links in documents lead somewhere",
	check: deadLinks,
	bad: tree{
		"README.md":         "[code](shared/access/revoke.go)",
		"CONTRIBUTING.md":   "# Style\n[up](#stile)",
		"SECURITY.md":       "[style](CONTRIBUTING.md#styl)",
		"shared/a/notes.md": "[out](../../../etc/passwd)",
		"shared/b/notes.md": "![picture](missing.png)",
		"shared/c/notes.md": "see [there]\n\n[there]: nowhere.md",
	},
	good: tree{
		"README.md": "[a](docs/a.md) [b](<docs/a.md#two-words--done> \"title\") [c](docs) [d](/docs/a.md)\n" +
			"[e](https://example.com/x.md) [f](mailto:ana@example.com) `[g](in-code.md)`\n```\n[h](fenced.md)\n```\n",
		"docs/a.md": "# Two words & done\n## Again\n## Again\n[up](../README.md) [self](#again-1) [ref]\n\n[ref]: ../README.md\n",
	},
}}

// deadLinks finds relative links in Markdown whose file or heading is absent.
func deadLinks(t tree) (found []finding) {
	for _, p := range t.paths() {
		if !strings.HasSuffix(p, ".md") {
			continue
		}
		for n, line := range prose(t[p]) {
			for _, link := range linksIn(line) {
				if why := t.dead(p, link); why != "" {
					found = append(found, finding{p, n + 1, "link to " + link + ": " + why})
				}
			}
		}
	}
	return found
}

// prose returns the lines of a document with code blanked out.
func prose(text string) []string {
	all := strings.Split(text, "\n")
	fence := ""
	for i, line := range all {
		trimmed := strings.TrimSpace(line)
		switch {
		case fence == "" && (strings.HasPrefix(trimmed, "```") || strings.HasPrefix(trimmed, "~~~")):
			fence, all[i] = trimmed[:3], ""
		case fence != "":
			if strings.HasPrefix(trimmed, fence) {
				fence = ""
			}
			all[i] = ""
		default:
			all[i] = codeSpan.ReplaceAllString(line, "")
		}
	}
	return all
}

func linksIn(line string) (links []string) {
	for _, m := range inlineLink.FindAllStringSubmatch(line, -1) {
		links = append(links, m[1])
	}
	if m := linkTarget.FindStringSubmatch(line); m != nil {
		links = append(links, m[1])
	}
	return links
}

// dead says why a link in the document from leads nowhere, or "" if it does
// not, or is not for us to judge.
func (t tree) dead(from, link string) string {
	u, err := url.Parse(link)
	switch {
	case err != nil:
		return "not a link"
	case u.Scheme != "" || u.Host != "":
		return ""
	}
	target := from
	switch {
	case strings.HasPrefix(u.Path, "/"):
		target = path.Clean(u.Path[1:])
	case u.Path != "":
		target = path.Join(path.Dir(from), u.Path)
	}
	if _, isFile := t[target]; !isFile {
		if !t.hasFolder(target) {
			return "no such file"
		}
		return ""
	}
	if u.Fragment != "" && strings.HasSuffix(target, ".md") && !slices.Contains(anchors(t[target]), u.Fragment) {
		return "no such heading"
	}
	return ""
}

func (t tree) hasFolder(folder string) bool {
	return folder == "." || slices.ContainsFunc(t.paths(), func(p string) bool { return under(p, folder) })
}

// anchors returns the names under which GitHub links to the headings of a
// document: lower case, punctuation dropped, blanks as hyphens, numbered when
// repeated.
func anchors(text string) (names []string) {
	seen := map[string]int{}
	fenced := false
	for line := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			fenced = !fenced
		}
		m := heading.FindStringSubmatch(line)
		if fenced || m == nil {
			continue
		}
		name := strings.Map(anchorRune, strings.ToLower(m[1]))
		if n := seen[name]; n > 0 {
			names = append(names, name+"-"+strconv.Itoa(n))
		} else {
			names = append(names, name)
		}
		seen[name]++
	}
	return names
}

func anchorRune(r rune) rune {
	switch {
	case r == ' ':
		return '-'
	case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
		return r
	default:
		return -1
	}
}
