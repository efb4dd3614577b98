package report

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"curfew/shared/audit/queries"
	"curfew/shared/fault"
)

// Build asks the engine all queries of a report. Invalid: the period is empty, or there is no such framework.
func Build(ctx context.Context, engine queries.Engine, period Period, meta Meta, frameworks ...string) (Report, error) {
	period = Period{period.From.UTC().Truncate(time.Second), period.To.UTC().Truncate(time.Second)}
	meta.Made = meta.Made.UTC().Truncate(time.Second)
	if !period.From.Before(period.To) {
		return Report{}, fault.Errorf(fault.Invalid, "the period from %s to %s is empty", rfc(period.From), rfc(period.To))
	}
	r := Report{Meta: meta, Period: period, Charts: charts, Lists: lists, Exceptions: exceptions}
	answers := map[string]Answer{}
	for _, a := range asks {
		got, err := a.run(ctx, engine, period, meta.Lake)
		if err != nil {
			return Report{}, fmt.Errorf("query %s: %w", a.query, err)
		}
		answers[a.id] = got
		r.Answers = append(r.Answers, got)
	}
	for _, f := range figures {
		r.Figures = append(r.Figures, f.of(answers))
	}
	for i, a := range r.Answers {
		if !r.inFull(a.ID) {
			r.Answers[i].Rows = a.Rows[:min(len(a.Rows), someRows)]
		}
		r.Answers[i].Entries = []string{}
		for _, row := range r.Answers[i].Rows {
			r.Answers[i].Entries = append(r.Answers[i].Entries, a.entries(row))
		}
	}
	var err error
	r.Frameworks, err = frameworksOf(frameworks)
	return r, err
}

func (r *Report) inFull(answer string) bool {
	return slices.ContainsFunc(r.Exceptions, func(t Table) bool { return t.Answer == answer }) ||
		slices.ContainsFunc(r.Charts, func(c Chart) bool { return c.Answer == answer })
}

const day = 24 * time.Hour

func (a ask) run(ctx context.Context, engine queries.Engine, p Period, lake []string) (got Answer, err error) {
	q, err := queries.Find(a.query)
	if err != nil {
		return got, err
	}
	set := maps.Clone(a.set)
	if set == nil {
		set = map[string]string{}
	}
	for _, of := range q.Parameters {
		at, is := map[string]time.Time{"from": p.From, "to": p.To, "at": p.To}[of.Name]
		switch {
		case is && of.Type == queries.Time:
			set[of.Name] = rfc(at)
		case is: // a day; one that began is in it
			set[of.Name] = at.Add(day - time.Second).Truncate(day).Format(time.DateOnly)
			if of.Name == "from" {
				set[of.Name] = at.Format(time.DateOnly)
			}
		}
	}
	args, err := q.Args(set)
	if err != nil {
		return got, err
	}
	result, err := engine.Run(ctx, q, args)
	if err != nil {
		return got, err
	}
	kept := ""
	if a.above != "" {
		column := slices.Index(result.Columns, a.above)
		result.Rows = slices.DeleteFunc(result.Rows, func(row []queries.Value) bool { n, _ := row[column].(int64); return n <= 0 })
		kept = "rows with " + a.above + " above 0"
	}
	return Answer{
		ID: a.id, Query: q.Name, About: strings.TrimSpace(q.About + " " + q.Notes), SQL: q.Text, Set: set, Command: command(q, set, lake),
		Kept: kept, Columns: result.Columns, Rows: append([][]queries.Value{}, result.Rows...), Total: len(result.Rows), Bytes: result.Bytes,
	}, nil
}

func command(q queries.Query, set map[string]string, lake []string) string {
	words := []string{"curfew audit " + q.Name}
	for _, name := range slices.Sorted(maps.Keys(set)) {
		switch name {
		case "from", "to":
			words = append(words, "--"+name+" "+set[name])
		default:
			words = append(words, "--set "+quoted(name+"="+set[name]))
		}
	}
	for _, word := range lake {
		words = append(words, quoted(word))
	}
	return strings.Join(words, " ")
}

func quoted(word string) string {
	if strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=:/.") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// entries says where the log has what a row is about; empty: the row is a sum.
func (a Answer) entries(row []queries.Value) string {
	at := func(column string) string {
		if i := slices.Index(a.Columns, column); i >= 0 {
			return text(row[i])
		}
		return ""
	}
	if at("first_entry") == "" {
		return at("log_index")
	}
	return at("first_entry") + "-" + at("last_entry")
}

// Queries are those that [Build] runs.
func Queries() (all []queries.Query, err error) {
	for _, a := range asks {
		q, failed := queries.Find(a.query)
		all, err = append(all, q), errors.Join(err, failed)
	}
	return all, err
}

func (t reading) of(answers map[string]Answer) Figure {
	f, a := t.Figure, answers[t.Answer]
	f.Records = cmp.Or(f.Records, f.Answer)
	switch {
	case t.sum != "":
		var n int64
		for _, v := range a.values(t.sum) {
			k, _ := v.(int64)
			n += k
		}
		f.Value, f.How = n, "sum of "+t.sum
	case t.cell != "":
		f.How = "value of " + t.cell
		if all := a.values(t.cell); len(all) > 0 {
			f.Value = all[0]
		}
	case t.count != "":
		var n int64
		for _, v := range a.values("severity") {
			if v == t.count || t.count == "low" && v == "informational" {
				n++
			}
		}
		f.Value, f.How = n, "number of rows with severity "+t.count
	default:
		f.Value, f.How = int64(len(a.Rows)), "number of rows"
	}
	f.Concern = t.zero && f.Value != nil && f.Value != int64(0)
	return f
}

func rfc(t time.Time) string { return t.UTC().Format(time.RFC3339) }
