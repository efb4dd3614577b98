package command

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"curfew/shared/audit/queries"
)

// moreOutput is the annotation of a command with one more form of output than the others.
const moreOutput = "output"

// answer is what -o json prints.
type answer struct {
	Query      string            `json:"query"`
	Parameters map[string]string `json:"parameters"`
	Columns    []string          `json:"columns"`
	Rows       [][]queries.Value `json:"rows"`
}

func (a *app) printAnswer(q queries.Query, by map[string]string, r queries.Result) error {
	if a.output == "csv" {
		return writeCSV(a.Stdout, r)
	}
	return a.print(answer{q.Name, by, r.Columns, append([][]queries.Value{}, r.Rows...)}, func(w io.Writer) error {
		if len(r.Rows) == 0 {
			_, err := fmt.Fprintf(w, "No rows. curfew audit %s --show says what it asks.\n", q.Name)
			return err
		}
		var heading []string
		for _, c := range r.Columns {
			heading = append(heading, strings.ToUpper(c))
		}
		rows := [][]string{heading}
		for _, row := range r.Rows {
			var cells []string
			for _, v := range row {
				cells = append(cells, or(cell(v), "-"))
			}
			rows = append(rows, cells)
		}
		if columns := a.columns(); columns > 0 && total(widthsOf(rows)) > columns {
			return writeRecords(w, rows)
		}
		return table(w, rows)
	})
}

// writeRecords writes each row as names and values: cut to the terminal, most columns would say nothing.
func writeRecords(w io.Writer, rows [][]string) error {
	for i, row := range rows[1:] {
		var pairs []string
		for j, value := range row {
			pairs = append(pairs, strings.ToLower(rows[0][j]), value)
		}
		fmt.Fprint(w, when(i > 0, "\n"))
		if err := facts(w, "", pairs...); err != nil {
			return err
		}
	}
	return nil
}

// cell is empty for NULL.
func cell(v queries.Value) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

func writeCSV(w io.Writer, r queries.Result) error {
	c := csv.NewWriter(w)
	if err := c.Write(r.Columns); err != nil {
		return err
	}
	for _, row := range r.Rows {
		var cells []string
		for _, v := range row {
			cells = append(cells, queries.Cell(v))
		}
		if err := c.Write(cells); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}
