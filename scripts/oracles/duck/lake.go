package duck

import (
	"path/filepath"
	"strings"

	"curfew/shared/audit"
)

// statements make what Glue has: two tables for each of the lake's, the markers and the views.
func statements(folder string) (all []string) {
	quoted := func(path string) string {
		return "'" + strings.ReplaceAll(filepath.Join(folder, path), "'", "''") + "'"
	}
	view := func(name string, columns []audit.Column, found, read string) {
		var names, types []string
		for _, c := range columns {
			kind := map[string]string{"string": "VARCHAR", "bigint": "BIGINT"}[c.Type]
			names, types = append(names, c.Name), append(types, c.Name+" "+kind)
		}
		if some, _ := filepath.Glob(filepath.Join(folder, found)); len(some) == 0 {
			all = append(all, "CREATE TABLE "+name+" ("+strings.Join(types, ", ")+")")
			return
		}
		kind := "VIEW"
		if name == "compacted" { // it is small, and each scan of a table asks it
			kind = "TABLE"
		}
		all = append(all, "CREATE "+kind+" "+name+" AS SELECT "+strings.Join(names, ", ")+" FROM "+read)
	}
	all = append(all, "SET preserve_insertion_order = false") // each query says its order
	for _, t := range audit.Tables() {
		columns := append(t.Columns, audit.Column{Name: "day", Type: "string"})
		const byDay = "hive_partitioning = true, hive_types = {day: VARCHAR}"
		path := filepath.Join("parquet", t.Name, "*", "*.parquet")
		view(t.Name+"_parquet", columns, path, "read_parquet("+quoted(path)+", "+byDay+")")
		path = filepath.Join("json", t.Name, "*", "*.json.gz")
		view(t.Name+"_json", columns, path, "read_json("+quoted(path)+", format = 'newline_delimited', "+byDay+", columns = {"+jsonTypes(t.Columns)+"})")
	}
	path := filepath.Join("compacted", "*", "marker.json")
	marker := []audit.Column{{Name: "day", Type: "string"}, {Name: "through", Type: "bigint"}}
	view("compacted", marker, path, "read_json("+quoted(path)+", hive_partitioning = false, columns = {"+jsonTypes(marker)+"})")
	for _, v := range audit.Views() {
		all = append(all, "CREATE VIEW "+v.Name+" AS\n"+v.Text)
	}
	return all
}

func jsonTypes(columns []audit.Column) string {
	var all []string
	for _, c := range columns {
		all = append(all, c.Name+": '"+map[string]string{"string": "VARCHAR", "bigint": "BIGINT"}[c.Type]+"'")
	}
	return strings.Join(all, ", ")
}
