package house

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// install is a command. A text without any of its words is not searched.
type install struct {
	words   string // with commas
	command *regexp.Regexp
}

func (c install) isIn(text string) bool {
	for word := range strings.SplitSeq(c.words, ",") {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}

// installs are commands that get and run what others publish under a name. Each has the name as its last group. Curfew owns no
// domain and no name in a registry: who registers a name that we print would run code on our readers' machines.
var installs = []install{
	{"curl,wget,iwr,Invoke-", regexp.MustCompile(`\b(?:curl|wget|iwr|Invoke-WebRequest)\b[^|\n]*\|\s*(?:sudo\s+)?((?:ba|z|da)?sh|iex|python3?|node)\b`)},
	{"curl,wget", regexp.MustCompile(`\b(?:ba|z)?sh\s+(?:-c\s+)?["']?[<$]\(\s*((?:curl|wget)\b[^)]*)\)`)},
	{"brew,port,choco,scoop,winget,snap,dnf,yum,apk,pacman,gem ,cargo,conda,pipx,uv ,helm,krew,asdf,mise,nix", regexp.MustCompile(`\b(?:brew|port|choco|scoop|winget|snap|dnf|yum|apk|pacman|gem|cargo|conda|pipx|uv|helm|krew|asdf|mise|nix)\s+(?:tool\s+)?(?:install|tap|add)((?:\s+-\S+)*\s+[\w@][\w@./:-]*)`)},
	{"apt", regexp.MustCompile(`\bapt(?:-get)?\s+(?:-\S+\s+)*install((?:\s+-\S+)*\s+[\w][\w./:-]*)`)},
	{"apt-repository,rpm ,dpkg", regexp.MustCompile(`\b(?:add-apt-repository|rpm\s+-i\w*|dpkg\s+-i)\s+(\S+)`)},
	{"npm,yarn,bun ", regexp.MustCompile(`\b(?:npm|pnpm|yarn|bun)\s+(?:i|install|add|create|exec|dlx)\b((?:\s+-\S+)*\s+["']?[\w@][\w@./:-]*)`)},
	{"npx,bunx,uvx,pipx", regexp.MustCompile(`\b(?:npx|bunx|uvx|pipx run)\b((?:\s+-\S+)*\s+["']?[\w@][\w@./:-]*)`)},
	{"pip", regexp.MustCompile(`\bpip3?\s+install((?:\s+-\S+)*\s+["']?[\w@$][\w@./:-]*)`)},
	{"go install,go run,go get,go -C,go\t", regexp.MustCompile(`\bgo\s+(?:-C\s+\S+\s+)?(?:install|run|get|get\s+-tool)\s+((?:-\S+\s+)*[\w./-]+@[\w.-]*)`)},
	{"docker,podman,nerdctl", regexp.MustCompile(`\b(?:docker|podman|nerdctl)\s+(?:image\s+)?(?:pull|run)((?:\s+-\S+)*\s+[\w][\w./:@-]*)`)},
	{"uses:", regexp.MustCompile(`(?:^|\n)\s*(?:-\s+)?uses:\s*["']?([\w.-]+/[\w./-]+@?[\w.-]*)`)},
	{"FROM ", regexp.MustCompile(`(?:^|\n)FROM\s+([\w.-]+[/:][\w./:@-]+)\s*(?:\n|$|AS\b)`)},
}

// certain are commands and names of which others are owners that keep them, or that stand for a name.
var certain = []*regexp.Regexp{
	regexp.MustCompile(`^uses: (?:actions/(?:checkout|setup-go|setup-node)|aws-actions/configure-aws-credentials)@v[0-9]+$`),
	regexp.MustCompile(`^uses: YOUR-ORGANIZATION/`), // says whose a copy has to be
	regexp.MustCompile(`^go golang\.org/x/vuln/cmd/govulncheck@v[0-9.]+$`),
	regexp.MustCompile(`^go module@version$`),
	regexp.MustCompile(`^apt-get chromium$`),                    // of the distribution
	regexp.MustCompile(`^pip3? (?:moto|awscli|\$package|\$2)$`), // with the versions of scripts/check
	regexp.MustCompile(`^npx --prefix infra$`),                  // what its lock file names
}

var installRules = []rule{{
	name:  "no install command has a name that another could own",
	check: uncertainInstalls,
	bad: tree{
		"README.md":               "curl -fsSL https://get.example.com | sh",
		"SECURITY.md":             "bash <(curl -s https://example.com/install)",
		"infra/README.md":         "brew install curfew",
		"scripts/a.md":            "npm i -g curfew",
		"scripts/b.md":            "npx -y curfew-cli",
		"scripts/c.go":            `package c; var _ = "go install github.com/curfew/curfew@latest"`,
		"scripts/d.go":            "package d // go run curfew.dev/cmd@v1\n",
		"scripts/e":               "docker run --rm curfew/curfew:latest",
		"scripts/f.py":            "pip install curfew",
		"scripts/ci/action.yml":   "    - uses: curfew/setup@v1\n",
		".github/workflows/a.yml": "      - uses: actions/checkout@main\n",
		"scripts/g.md":            "sudo apt-get install -y curfew",
		"scripts/h.md":            "cargo install curfew",
		"scripts/i.md":            "wget -qO- example.com/i | sudo bash",
		"scripts/Dockerfile":      "FROM curfew/base:1\n",
		"scripts/k.md":            "npm install moto",
		"scripts/l.md":            "npx infra",
		"scripts/j.md":            "pipx install curfew, or uvx curfew",
	},
	good: tree{
		"README.md":               "go run ./scripts/local\ngo build -o dist/curfew ./scripts/curfew\nnpx --prefix infra cdk deploy curfew\nnpm ci --prefix infra",
		"scripts/check":           "apt-get install -y --no-install-recommends chromium\nnpm ci\npython3 -m pip install --quiet \"$package==$version\"",
		".github/workflows/a.yml": "      - uses: actions/checkout@v5\n",
		"scripts/ci/action.yml":   "# uses: YOUR-ORGANIZATION/curfew/scripts/ci@COMMIT\n",
		"CONTRIBUTING.md":         "go get module@version; a sh file that uses: words | shell",
		"infra/a.go":              "package infra // curl is not piped | here\n",
	},
}}

// uncertainInstalls reads all text but lock files, which have checksums, and test data.
func uncertainInstalls(t tree) (found []finding) {
	for _, p := range t.paths() {
		if strings.Contains(p, "testdata/") || path.Base(p) == "package-lock.json" || path.Ext(p) == ".sum" || p == "shared/house/install_test.go" {
			continue
		}
		for _, c := range installs {
			if !c.isIn(t[p]) {
				continue
			}
			for _, at := range c.command.FindAllStringSubmatchIndex(t[p], -1) {
				if name := nameOf(t[p][at[0]:at[1]], t[p][at[2]:at[3]]); !isCertain(name) {
					found = append(found, finding{p, 1 + strings.Count(t[p][:at[2]], "\n"), "has " + name + ": is it certain that no other can own this name? Then add it to the list, with its owner"})
				}
			}
		}
	}
	return found
}

// nameOf is the command and the name that it gets, without flags.
func nameOf(command, name string) string {
	name = strings.TrimSpace(name)
	if words := strings.Fields(name); !strings.HasPrefix(name, "--prefix ") {
		name = strings.Trim(words[len(words)-1], `"'`)
	}
	return strings.Fields(strings.TrimLeft(command, "\n\t -"))[0] + " " + name
}

func isCertain(name string) bool {
	return slices.ContainsFunc(certain, func(c *regexp.Regexp) bool { return c.MatchString(name) })
}
