package house

import (
	"slices"
	"strings"
)

// maxReadme is in lines: a README longer than that is not read.
const maxReadme = 250

// topLevel is everything that may lie in the root folder.
var topLevel = []string{
	"functions", "infra", "shared", "statemachines", "events", "scripts",
	"go.mod", "go.sum", "cdk.json",
	"README.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE",
	".ci", ".github", ".gitignore", ".editorconfig",
}

// foreign are words that reveal the machine on which a file was made: hosts of package registries, absolute paths.
// They are written in pieces so that this file keeps the rule.
var foreign = []string{
	"proxy." + "golang", "sum." + "golang", "registry." + "npmjs", "deb." + "debian", "pypi." + "org",
	"/wo" + "rk/", "/ro" + "ot/",
}

var treeRules = []rule{{
	name:  "the root folder is short",
	check: strayEntries,
	bad:   tree{"utils/a.go": "", "notes.txt": ""},
	good:  tree{"shared/access/revoke.go": "", "README.md": "", ".ci/run": ""},
}, {
	name:  "the README fits on a few screens",
	check: tooLong(maxReadme, func(p string) bool { return p == "README.md" }),
	bad:   tree{"README.md": strings.Repeat("\n", maxReadme+1)},
	good:  tree{"README.md": strings.Repeat("\n", maxReadme), "SECURITY.md": strings.Repeat("\n", maxReadme+1)},
}}

var textRules = []rule{{
	name:  "no file names the machine it was made on",
	check: foreignWords,
	bad: tree{
		"scripts/tools/package-lock.json": `"resolved": "https://` + foreign[2] + `.org/a.tgz"`,
		"README.md":                       "see " + foreign[5] + "notes.md",
	},
	good: tree{"README.md": "see the framework and its network/ folder"},
}, {
	name:  "every file is text, but the README's pictures",
	check: binaries,
	bad: tree{
		"dist/bootstrap": "\x7fELF\x00\x00", "dist/decide.png": pngBegins, pictures + "/decide.png": "\x7fELF\x00\x00", pictures + "/notes.zip": pngBegins,
		pictures + "/large.png": pngBegins + strings.Repeat("\x00", maxPicture),
	},
	good: tree{"README.md": "für alle\n", pictures + "/decide.png": pngBegins},
}}

func strayEntries(t tree) (found []finding) {
	for _, p := range t.paths() {
		entry, _, _ := strings.Cut(p, "/")
		if !slices.Contains(topLevel, entry) {
			found = append(found, finding{p, 0, "has no place in the root folder; ignore it, or put it where it belongs"})
		}
	}
	return found
}

func foreignWords(t tree) (found []finding) {
	for _, p := range t.paths() {
		for _, word := range foreign {
			if at := strings.Index(t[p], word); at >= 0 {
				found = append(found, finding{p, 1 + strings.Count(t[p][:at], "\n"), "contains " + word})
			}
		}
	}
	return found
}

// The pictures are made by scripts/oracles/console.
const (
	pictures   = "shared/console/pictures"
	maxPicture = 150_000 // bytes
	pngBegins  = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
)

func isPicture(p, text string) bool {
	return under(p, pictures) && strings.HasSuffix(p, ".png") && strings.HasPrefix(text, pngBegins) && len(text) <= maxPicture
}

func binaries(t tree) (found []finding) {
	for _, p := range t.paths() {
		if strings.Contains(t[p], "\x00") && !isPicture(p, t[p]) {
			found = append(found, finding{p, 0, "is not text: what is built or generated is not committed"})
		}
	}
	return found
}
