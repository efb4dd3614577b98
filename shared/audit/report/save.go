package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
)

// File is a saved form of a report.
type File struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"` // hexadecimal
	Size   int64  `json:"size"`   // in bytes
}

// Save writes report.html, report.json and report.csv. Only the user may read them. It makes the folder.
func (r Report) Save(folder string) (all []File, err error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	for _, form := range []struct {
		name  string
		write func(io.Writer) error
	}{{"report.html", r.HTML}, {"report.json", r.JSON}, {"report.csv", r.CSV}} {
		var b bytes.Buffer
		if err := form.write(&b); err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(folder, form.name), b.Bytes(), 0o600); err != nil {
			return nil, err
		}
		sum := sha256.Sum256(b.Bytes())
		all = append(all, File{form.name, hex.EncodeToString(sum[:]), int64(b.Len())})
	}
	return all, nil
}
