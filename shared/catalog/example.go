package catalog

import (
	"embed"
	"io/fs"
)

//go:embed example
var exampleFiles embed.FS

// Example is the catalog that is shipped as an example: an entitlement for each story that Curfew tells,
// triggers by which three of them happen without being asked for, and the canary. Give it to [Load].
func Example() fs.FS {
	sub, err := fs.Sub(exampleFiles, "example")
	if err != nil { // only a path that is not valid could do this, and this one is
		return exampleFiles
	}
	return sub
}
