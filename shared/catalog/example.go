package catalog

import (
	"embed"
	"io/fs"
)

//go:embed example
var exampleFiles embed.FS

// Example returns the shipped example catalog, as an argument for [Load].
func Example() fs.FS {
	sub, err := fs.Sub(exampleFiles, "example")
	if err != nil { // impossible: the path is a valid constant
		return exampleFiles
	}
	return sub
}
