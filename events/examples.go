package events

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
)

//go:embed examples/*.json
var examples embed.FS

// Example gives one of the examples, by its file's name with or without ".json". An unknown name is an error that wraps
// [fs.ErrNotExist].
func Example(name string) ([]byte, error) {
	if path.Ext(name) != ".json" {
		name += ".json"
	}
	raw, err := examples.ReadFile(path.Join("examples", name))
	if err != nil {
		return nil, fmt.Errorf("example event: %w", err)
	}
	return raw, nil
}

// Examples are the names of all examples, as "backup-job-running.json", in order.
func Examples() []string {
	entries, err := fs.ReadDir(examples, "examples")
	if err != nil {
		return nil // cannot be: the folder is compiled in
	}
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = entry.Name()
	}
	return names
}
