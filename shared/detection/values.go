package detection

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// flat are the scalars of a part of a record by path, without lists.
type flat struct {
	values map[string]string
	cut    bool
}

// maxValues bounds the scalars of a part, maxLevels its nesting.
const (
	maxValues = 64
	maxLevels = 6
)

// flatten reads a part of a record; other values than objects are empty.
func flatten(part string) flat {
	f := flat{values: map[string]string{}}
	var tree map[string]any
	if json.Unmarshal([]byte(part), &tree) == nil {
		f.add("", tree, 0)
	}
	return f
}

func (f *flat) add(path string, tree map[string]any, level int) {
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		value := tree[name]
		if path != "" {
			name = path + "." + name
		}
		switch value := value.(type) {
		case map[string]any:
			if level == maxLevels {
				f.cut = true
				continue
			}
			f.add(name, value, level+1)
		case string:
			f.set(name, value)
		case bool:
			f.set(name, strconv.FormatBool(value))
		case float64:
			f.set(name, strconv.FormatFloat(value, 'f', -1, 64))
		}
	}
}

func (f *flat) set(name, value string) {
	if len(f.values) >= maxValues || len(name) > maxText {
		f.cut = true
		return
	}
	f.cut = f.cut || len(value) > maxText
	f.values[name] = bounded(value, maxText)
}

// valueAt is the text at a path like "detail.requestParameters.roleArn"; empty: none. An object or list is its JSON.
func valueAt(text, path string) string {
	raw := json.RawMessage(text)
	for name := range strings.SplitSeq(strings.TrimPrefix(path, "detail."), ".") {
		var members map[string]json.RawMessage
		if json.Unmarshal(raw, &members) != nil {
			return ""
		}
		raw = members[name]
	}
	var s string
	switch {
	case json.Unmarshal(raw, &s) == nil:
		return s
	case string(raw) == "null":
		return ""
	}
	return string(raw)
}
