package main

import (
	"strings"
	"testing"
)

func TestTheColumnsOfASelectAreDerived(t *testing.T) {
	known := scope{
		"rows": {{Name: "at", Type: "string"}, {Name: "n", Type: "bigint"}},
		"more": {{Name: "at", Type: "string"}, {Name: "kind", Type: "string"}},
	}
	for text, want := range map[string]string{
		"SELECT at, n AS m FROM rows": "at string, m bigint",
		"-- with a note, FROM here\nSELECT r.*, kind FROM rows AS r JOIN more ON 1":                                                 "at string, n bigint, kind string",
		"SELECT MAX(CASE WHEN at = 'x' THEN n END) - MIN(n) AS held,\n  COALESCE(kind, at) AS what\nFROM rows, more WHERE 1":        "",
		"SELECT MAX(CASE WHEN at = 'x' THEN n END) - MIN(n) AS held, COALESCE(at, 'b') AS what FROM rows":                           "held bigint, what string",
		"SELECT CASE WHEN MAX(CASE WHEN at = 'x' THEN 1 END) = 1 THEN 'a, b' ELSE 'c' END AS state, 1 AS one FROM rows GROUP BY at": "state string, one bigint",
		"SELECT f.many, r.at FROM rows AS r LEFT JOIN (\n  SELECT at, COUNT(DISTINCT kind) AS many\n  FROM more\n) AS f ON 1":       "many bigint, at string",
		"SELECT * FROM rows UNION ALL SELECT * FROM rows":                                                                           "",
		"SELECT at AS when_, kind, m FROM rows, others":                                                                             "",
		"SELECT lower(at) AS at FROM rows":                                                                                          "",
		"SELECT other FROM rows":                                                                                                    "",
	} {
		columns, err := known.columnsOf(text)
		var got []string
		for _, c := range columns {
			got = append(got, c.Name+" "+c.Type)
		}
		if s := strings.Join(got, ", "); s != want || (err == nil) != (want != "") {
			t.Errorf("%s: %s, %v", text, s, err)
		}
	}
}

// TestEveryViewHasColumns: all that infra makes are known, with a type of the tables.
func TestEveryViewHasColumns(t *testing.T) {
	l, err := readLake()
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Tables) != 3 || len(l.Views) < 5 || len(l.Queries) == 0 {
		t.Errorf("%d tables, %d views, %d queries", len(l.Tables), len(l.Views), len(l.Queries))
	}
	for _, q := range l.Queries {
		if strings.Contains(q.Text, "-- ?") {
			t.Errorf("%s has a mark in a comment", q.Name)
		}
	}
	for _, v := range l.Views {
		seen := map[string]bool{}
		for _, c := range v.Columns {
			if seen[c.Name] || c.Name == "" || c.Type != "string" && c.Type != "bigint" {
				t.Errorf("%s: %s %s", v.Name, c.Name, c.Type)
			}
			seen[c.Name] = true
		}
		if len(seen) == 0 {
			t.Errorf("%s has no columns", v.Name)
		}
	}
}
