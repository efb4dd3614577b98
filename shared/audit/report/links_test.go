package report

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	answerParts  = regexp.MustCompile(`(?s)<div class="answer" id="(answer-[a-z-]+)">(.*?)\n</div>\n`)
	queryParts   = regexp.MustCompile(`(?s)<section class="query" .*?</section>`)
	numbers      = regexp.MustCompile(`>([0-9][0-9,.]*)<`)
	linkedNumber = regexp.MustCompile(`<a (?:class="n" )?href="#(answer-[a-z-]+)"[^>]*>([0-9][0-9,.]*)<`)
	places       = regexp.MustCompile(`<td class="whole">[0-9-]*</td>|<span class="id">.*?</span>`) // of the log, and ids of controls
	recordLinks  = regexp.MustCompile(`class="records" href="#(answer-[a-z-]+)"`)
	ids          = regexp.MustCompile(` id="([^"]+)"`)
	hrefs        = regexp.MustCompile(`href="#([^"]+)"`)
)

// TestEveryNumberLeadsToItsQueryAndRecords walks the page.
func TestEveryNumberLeadsToItsQueryAndRecords(t *testing.T) {
	r, _ := generated(t, 30, 20)
	page := rendered(t, r, Report.HTML)
	shown := map[string]string{} // a part about an answer, with the query around it
	for _, q := range queryParts.FindAllString(page, -1) {
		for _, m := range answerParts.FindAllStringSubmatch(q, -1) {
			shown[m[1]] = m[2]
			if !strings.Contains(q, "<pre class=\"sql\"") || !strings.Contains(q, "SELECT") || !strings.Contains(m[2], "<code>curfew audit ") {
				t.Errorf("%s: the SQL or the command is missing", m[1])
			}
		}
	}
	if len(shown) != len(asks) {
		t.Errorf("%d answers are shown, want %d", len(shown), len(asks))
	}
	main := page[strings.Index(page, `<main`):]
	for _, svg := range regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(main, -1) { // its caption has the link
		main = strings.Replace(main, svg, "", 1)
	}
	main = places.ReplaceAllString(main, "")
	linked := linkedNumber.FindAllStringSubmatch(main, -1)
	if all := numbers.FindAllString(main, -1); len(all) != len(linked) || len(all) < 100 {
		t.Errorf("%d numbers, %d with a link to a query", len(all), len(linked))
	}
	for _, m := range linked {
		if _, is := shown[m[1]]; !is {
			t.Errorf("the number %s leads to %s, which has no query", m[2], m[1])
		}
	}
	for _, m := range recordLinks.FindAllStringSubmatch(main, -1) {
		if part := shown[m[1]]; !strings.Contains(part, ">log entries</th>") && !strings.Contains(part, "None in the period") {
			t.Errorf("%s has no rows with their place in the log", m[1])
		}
	}
	if n := strings.Count(page, "<figure"); n != len(charts) || strings.Count(page, "<figcaption>") != n {
		t.Errorf("%d figures, want %d", n, len(charts))
	}
	there := map[string]bool{}
	for _, m := range ids.FindAllStringSubmatch(page, -1) {
		if there[m[1]] {
			t.Errorf("the id %s is there twice", m[1])
		}
		there[m[1]] = true
	}
	for _, m := range hrefs.FindAllStringSubmatch(page, -1) {
		if !there[m[1]] {
			t.Errorf("a link leads to %s, which is not there", m[1])
		}
	}
}

// TestRowsOfRecordsSayTheirEntries: each row about an elevation or a finding has entries of the log.
func TestRowsOfRecordsSayTheirEntries(t *testing.T) {
	r, _ := generated(t, 30, 20)
	for _, f := range r.Figures {
		a := r.answer(f.Records)
		for i, entries := range a.Entries {
			if subject := slices.IndexFunc(a.Columns, func(name string) bool { return name == "elevation" || name == "finding" }); subject >= 0 && a.Rows[i][subject] != nil && entries == "" {
				t.Errorf("%s, row %d: no entries of the log", a.ID, i+1)
			}
		}
	}
}
