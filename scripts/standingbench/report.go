package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"curfew/shared/authdetails"
	"curfew/shared/standing"
)

// measureReport reads, analyses, writes the report, and then plans. The seconds are those of all but the plans, which are made one by one.
func measureReport(file *bytes.Buffer) (float64, error) {
	begin := spent()
	d, err := authdetails.Read(file, nil)
	if err != nil {
		return 0, err
	}
	read := spent()
	o := standing.Options{Now: time.Now()}
	r, err := standing.Analyse(d, o)
	if err != nil {
		return 0, err
	}
	text, err := json.Marshal(r)
	if err != nil {
		return 0, err
	}
	end := spent()
	fmt.Printf("report: read %.1f s, analysed %.1f s: %d entries, score %d, %d points, %d MB of JSON; together %.1f s of CPU, %d MB at most\n",
		read-begin, end-read, len(r.Entries), r.Score, r.Points, len(text)>>20, end-begin, peak())
	planner, planned := standing.NewPlanner(d, o), 0
	for _, p := range d.Principals[:min(len(d.Principals), 500)] {
		if planner.Plan(p).Why == "" {
			planned++
		}
	}
	fmt.Printf("plans: %d of 500 principals have one; %.1f s of CPU\n", planned, spent()-end)
	return end - begin, nil
}
