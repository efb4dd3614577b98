package report

import (
	"time"

	"curfew/shared/audit/queries"
)

// Report is made by [Build]. The same rows and the same [Meta] make the same report.
type Report struct {
	Meta
	Period
	Figures    []Figure    `json:"figures"`
	Charts     []Chart     `json:"charts"`
	Lists      []Table     `json:"lists"`
	Exceptions []Table     `json:"exceptions"`
	Frameworks []Framework `json:"frameworks"`
	Answers    []Answer    `json:"answers"`
}

// Period includes From and excludes To.
type Period struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Meta is what the lake does not say.
type Meta struct {
	Installation string    `json:"installation"`
	Made         time.Time `json:"made"`
	Log          Log       `json:"log"`
	Lake         []string  `json:"lake"` // what tells curfew audit where the rows are: --lake, ./lake
}

// Log is the checkpoint of the log that the rows come from. The zero value: not known.
type Log struct {
	Origin string `json:"origin"`
	Size   int64  `json:"size"`
	Root   string `json:"root"` // base64, as in the checkpoint
}

// Answer is what one query answered.
type Answer struct {
	ID      string            `json:"id"`
	Query   string            `json:"query"`
	About   string            `json:"about"`
	SQL     string            `json:"sql"`
	Set     map[string]string `json:"set"`
	Command string            `json:"command"`
	Kept    string            `json:"kept,omitempty"` // which rows of the answer are meant; empty: all
	Columns []string          `json:"columns"`
	Rows    [][]queries.Value `json:"rows"`    // all of exceptions and charts; of others the first ones
	Total   int               `json:"total"`   // rows
	Entries []string          `json:"entries"` // of each row, the first and the last index in the log
	Bytes   int64             `json:"bytes,omitempty"`
}

// Figure is one number.
type Figure struct {
	ID      string        `json:"id"`
	Group   string        `json:"group"`
	Label   string        `json:"label"`
	Unit    string        `json:"unit,omitempty"`
	Value   queries.Value `json:"value"`   // nil: there are no rows that say it
	How     string        `json:"how"`     // what of the answer it is
	Answer  string        `json:"answer"`  // id of the answer that has it
	Records string        `json:"records"` // id of the answer with rows of the log
	Concern bool          `json:"concern"` // it should be zero, and is not
}

// Table shows the rows of an answer.
type Table struct {
	Title  string `json:"title"`
	About  string `json:"about"`
	Answer string `json:"answer"`
	// Columns are shown; none: all.
	Columns []string `json:"columns,omitempty"`
}

// Chart shows columns of an answer.
type Chart struct {
	Title  string   `json:"title"`
	About  string   `json:"about"`
	Kind   string   `json:"kind"` // days, sums or columns
	Label  string   `json:"label"`
	Series []string `json:"series"`
	Answer string   `json:"answer"`
}
