package trail

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// File is one file of records. The zero Path is standard input.
type File struct {
	Path  string
	Size  int64  // bytes, as stored; 0: not known
	stamp string // the time in a name of CloudTrail's; empty: the name has none
}

// stdin is how a command line names standard input.
const stdin = "-"

// Files are all files of some paths: a folder stands for the files in it that may hold records (*.json, *.jsonl, *.gz), and those of its
// folders. Links in a folder are not followed. They are sorted by the time in their names, then by path: records then come about in order, and
// few must be remembered to know which were counted.
func Files(paths []string) ([]File, error) {
	var all []File
	for _, p := range paths {
		if p == stdin {
			all = append(all, File{})
			continue
		}
		found, err := filesAt(p)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	slices.SortFunc(all, func(a, b File) int { return cmp.Or(cmp.Compare(a.stamp, b.stamp), cmp.Compare(a.Path, b.Path)) })
	all = slices.CompactFunc(all, func(a, b File) bool { return a.Path == b.Path })
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: there is no file with records (*.json, *.jsonl, *.gz)", strings.Join(paths, ", "))
	}
	return all, nil
}

func filesAt(path string) (all []File, err error) {
	err = filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		named := p == path // the user gave it: any name is read, and a link is followed
		if d.IsDir() || !named && (!d.Type().IsRegular() || !holdsRecords(p)) {
			return nil
		}
		info, err := os.Stat(p)
		if err != nil {
			return err
		}
		if info.IsDir() { // a link to a folder that the user gave
			inside, err := filesAt(p + string(filepath.Separator))
			all = append(all, inside...)
			return err
		}
		all = append(all, File{Path: p, Size: info.Size(), stamp: stampOf(p)})
		return nil
	})
	return all, err
}

func holdsRecords(path string) bool {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".json", ".jsonl", ".ndjson", ".gz":
		return true
	}
	return false
}

// stamped are the names of CloudTrail's files: AccountID_CloudTrail_RegionName_YYYYMMDDTHHmmZ_UniqueString.json.gz.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html
var stamped = regexp.MustCompile(`_(\d{8}T\d{4}Z)_`)

func stampOf(path string) string {
	if m := stamped.FindStringSubmatch(filepath.Base(path)); m != nil {
		return m[1]
	}
	return ""
}

// name is the file as messages name it.
func (f File) name() string { return cmp.Or(f.Path, "standard input") }

// openFile gives the content of a file.
func openFile(f File, in io.Reader) (io.ReadCloser, error) {
	if f.Path == "" {
		return io.NopCloser(in), nil
	}
	return os.Open(f.Path)
}

// metered tells how many bytes are read, and ends a reading that is no longer wanted.
type metered struct {
	io.Reader
	tell func(n int) error
}

var errStopped = errors.New("stopped")

// Read reads.
func (m metered) Read(p []byte) (int, error) {
	if err := m.tell(0); err != nil {
		return 0, errStopped
	}
	n, err := m.Reader.Read(p)
	_ = m.tell(n) // the next read meets it
	return n, err
}
