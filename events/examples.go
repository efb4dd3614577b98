package events

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
)

//go:embed examples/*.json
var examples embed.FS

// Example returns an example by its file name, with or without ".json". The error may wrap [fs.ErrNotExist].
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

// Examples returns the sorted names of all examples.
func Examples() []string {
	entries, err := fs.ReadDir(examples, "examples")
	if err != nil {
		return nil // impossible: the folder is embedded
	}
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = entry.Name()
	}
	return names
}
