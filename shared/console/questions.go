package console

import (
	"encoding/json"

	"curfew/shared/audit/queries"
)

// questions is queries.json: the named queries, without their text. The page says how the command line asks them.
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
