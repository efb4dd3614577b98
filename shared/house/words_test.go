package house

import (
	"bufio"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Each number is a ratchet, as in numbers_test.go.
var wordCaps = []struct {
	name   string
	of     func(wording) int
	cap    int
	target int
}{
	{"comment words per 100 lines of the product", wording.perLines, 100, 100},
	{"words of a comment's sentence, 90th percentile", wording.p90, 16, 20},
	{"unwanted words in comments, messages and documents", func(p wording) int { return len(p.unwanted) }, 0, 0},
	{"words of the documents, without generated tables", func(p wording) int { return p.documents }, 10_000, 10_000},
}

// wording counts what people read. Lines, words and sentences are those of Go outside of tests and scripts. Unwanted
// words are searched everywhere.
type wording struct {
	lines, words int
	sentences    []int    // words of each sentence of a comment
	unwanted     []string // file:line: the word
	documents    int      // words
}

// documents are those whose words are counted together.
var documents = []string{"README.md", "SECURITY.md", "CONTRIBUTING.md", "infra/README.md", "shared/catalog/README.md", "scripts/curfew/README.md"}

func (p wording) perLines() int { return 100 * p.words / max(1, p.lines) }

func (p wording) p90() int {
	if len(p.sentences) == 0 {
		return 0
	}
	slices.Sort(p.sentences)
	return p.sentences[len(p.sentences)*9/10]
}

func TestWordsOfTheHouse(t *testing.T) {
	all := readRepository(t)
	unwanted := unwantedWords(all["shared/house/testdata/words.txt"])
	sum := wording{}
	folders := map[string]wording{}
	for _, file := range all.paths() {
		p := readProse(t, file, all[file], unwanted)
		if !slices.Contains(documents, file) {
			p.documents = 0
		}
		folders[path.Dir(file)] = folders[path.Dir(file)].add(p)
		sum = sum.add(p)
	}
	for _, folder := range slices.Sorted(maps.Keys(folders)) {
		if p := folders[folder]; p.words > 0 || len(p.unwanted) > 0 {
			t.Logf("%-34s %6d lines %6d words %4d per 100, p90 %2d, unwanted %d", folder, p.lines, p.words, p.perLines(), p.p90(), len(p.unwanted))
		}
	}
	for _, found := range sum.unwanted {
		t.Log(found)
	}
	for _, c := range wordCaps {
		got := c.of(sum)
		t.Logf("%-50s %5d   at most %d   wanted %d", c.name, got, c.cap, c.target)
		if got > c.cap {
			t.Errorf("%s: %d, at most %d", c.name, got, c.cap)
		}
	}
}

func TestProseIsCounted(t *testing.T) {
	unwanted := unwantedWords("# list\nzounds\negad\n")
	p := readProse(t, "shared/a/a.go", "// Package a has one sentence. It has\n// two.\n//\n//go:generate nothing\npackage a\n\nvar m = \"zounds, egad\" // the egadfly\n", unwanted)
	if p.words != 10 || !slices.Equal(p.sentences, []int{5, 3, 2}) || len(p.unwanted) != 2 {
		t.Errorf("words %d, sentences %v, unwanted %v; want 10, [5 3 2], 2", p.words, p.sentences, p.unwanted)
	}
	d := readProse(t, "README.md", "One two\n<!-- table -->\nthree\n<!-- end -->\n```\ncurfew zounds\n```\nEgad, left.\n", unwanted)
	if d.documents != 6 || len(d.unwanted) != 1 {
		t.Errorf("a document: words %d, unwanted %v; want 6, 1", d.documents, d.unwanted)
	}
}

func (p wording) add(q wording) wording {
	return wording{
		p.lines + q.lines, p.words + q.words, slices.Concat(p.sentences, q.sentences),
		slices.Concat(p.unwanted, q.unwanted), p.documents + q.documents,
	}
}

// unwantedWords is one expression for all lines of the list.
func unwantedWords(list string) *regexp.Regexp {
	var words []string
	for line := range strings.Lines(list) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			words = append(words, strings.ReplaceAll(regexp.QuoteMeta(line), " ", `\s+`))
		}
	}
	return regexp.MustCompile(`(?i)\b(` + strings.Join(words, "|") + `)\b`)
}

func readProse(t *testing.T, file, text string, unwanted *regexp.Regexp) wording {
	t.Helper()
	switch path.Ext(file) {
	case ".go":
		return readGoProse(t, file, text, unwanted)
	case ".md":
		return readDocument(file, text, unwanted)
	case "":
	case ".json", ".yaml", ".yml", ".cedar", ".sh":
		if strings.Contains(file, "testdata/") {
			return wording{}
		}
	default:
		return wording{}
	}
	p := readDocument(file, text, unwanted)
	p.documents = 0
	return p
}

// readDocument counts words outside of code blocks and of generated tables, which are between two HTML comments.
func readDocument(file, text string, unwanted *regexp.Regexp) (p wording) {
	code, generated, n := false, false, 0
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		n++
		line := lines.Text()
		switch {
		case strings.HasPrefix(strings.TrimSpace(line), "```"):
			code = !code
		case strings.HasPrefix(line, "<!--"):
			generated = !strings.Contains(line, "end")
		case !generated && !code:
			p.documents += len(strings.Fields(line))
			for _, word := range unwanted.FindAllString(line, -1) {
				p.unwanted = append(p.unwanted, fmt.Sprintf("%s:%d: %s", file, n, word))
			}
		case code && !generated:
			p.documents += len(strings.Fields(line))
		}
	}
	return p
}

// readGoProse reads a file's comments, and its strings that contain a space.
func readGoProse(t *testing.T, file, text string, unwanted *regexp.Regexp) (p wording) {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	product := !strings.HasSuffix(file, "_test.go") && !strings.HasPrefix(file, "scripts/")
	if product {
		p.lines = strings.Count(text, "\n")
	}
	look := func(at token.Pos, said string) {
		for _, word := range unwanted.FindAllString(said, -1) {
			p.unwanted = append(p.unwanted, fmt.Sprintf("%s:%d: %s", file, fset.Position(at).Line, word))
		}
	}
	for _, group := range f.Comments {
		for _, comment := range group.List {
			look(comment.Pos(), comment.Text)
		}
		if product {
			said := group.Text() // without //go: directives
			p.words += len(strings.Fields(said))
			p.sentences = append(p.sentences, sentences(said)...)
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if said, err := strconv.Unquote(lit.Value); err == nil && strings.Contains(said, " ") {
				look(lit.Pos(), said)
			}
		}
		return true
	})
	return p
}

// sentenceEnd is a stop before a space, or the end of a paragraph or of an item of a list.
var sentenceEnd = regexp.MustCompile(`[.!?]\)?\s+|\n\s*\n|\n\s*- `)

// sentences are the numbers of words of each sentence. Addresses and indented code are none.
func sentences(text string) (words []int) {
	var kept strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "\t") && !strings.HasPrefix(line, "https://") {
			kept.WriteString(line)
		}
	}
	for _, sentence := range sentenceEnd.Split(kept.String(), -1) {
		if n := len(strings.Fields(sentence)); n > 0 {
			words = append(words, n)
		}
	}
	return words
}
