package console

import (
	"encoding/json"

	"curfew/shared/audit/queries"
)

// questions is queries.json: the named queries, which the command line asks.
func questions() ([]byte, error) {
	type question struct {
		Name       string              `json:"name"`
		About      string              `json:"about"`
		Parameters []queries.Parameter `json:"parameters"`
	}
	all := []question{}
	for _, q := range queries.All() {
		all = append(all, question{q.Name, q.About, append([]queries.Parameter{}, q.Parameters...)})
	}
	return json.Marshal(all)
}
