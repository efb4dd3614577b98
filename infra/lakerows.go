package main

// lake is what dist/lake.json says of the tables of the log, their views and the queries.
type lake struct {
	FirstDay string      `json:"first_day"`
	Tables   []lakeTable `json:"tables"`
	Views    []struct {
		lakeTable
		Text string `json:"text"`
	} `json:"views"`
	Queries []struct {
		Name  string `json:"name"`
		About string `json:"about"`
		Text  string `json:"text"`
	} `json:"queries"`
}

type lakeTable struct {
	Name    string       `json:"name"`
	Columns []lakeColumn `json:"columns"`
}

type lakeColumn struct {
	Name  string `json:"name"`
	Type  string `json:"type"` // string or bigint
	About string `json:"about"`
}
