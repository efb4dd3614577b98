package standing

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"curfew/shared/authdetails"
	"curfew/shared/iampolicy"
	"curfew/shared/standing"
)

// State is what was read of one account.
type State struct {
	Account     string
	Began       time.Time
	Answers     []authdetails.Answer
	Complete    bool   // all pages are there
	marker      string // of the next page
	Credentials []byte // the CSV; nil: not read
	Accessed    map[string]*standing.Accessed

	// SCPs are as in [standing.Options]; nil: not known. SCPsFrom says where they are from, or why they are not known. They are read anew
	// each time.
	SCPs     map[string][][]*iampolicy.Document
	SCPsFrom string

	file *os.File // nil: nothing is kept
}

// entry is one line of a state file: the first is the header, each other is one thing that was read.
type entry struct {
	Format  string    `json:"format,omitempty"`
	Account string    `json:"account,omitempty"`
	Began   time.Time `json:"began,omitzero"`

	Page   json.RawMessage `json:"page,omitempty"`
	Marker string          `json:"marker,omitempty"` // after the page; empty: it was the last
	Again  bool            `json:"again,omitempty"`  // the pages before it do not count

	Credentials []byte `json:"credentials,omitempty"`

	ARN      string             `json:"arn,omitempty"`
	Accessed *standing.Accessed `json:"accessed,omitempty"`
}

const (
	format = "curfew standing state 1"
	// maxLine is in bytes: a page has at most 1,000 entities.
	maxLine = 256 << 20
)

// ErrForeign: the file was not written by this package, or is of another account.
var ErrForeign = errors.New("it is not a state file of this account")

// open continues the state of a file, or begins one. An empty path keeps nothing.
func open(path, account string, now time.Time) (*State, error) {
	s := &State{Account: account, Began: now.UTC().Truncate(time.Second), Accessed: map[string]*standing.Accessed{}}
	if path == "" {
		return s, nil
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		s.file = file
		return s, s.keep(entry{Format: format, Account: account, Began: s.Began})
	}
	if !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	if s.file, err = os.OpenFile(path, os.O_RDWR, 0); err != nil {
		return nil, err
	}
	if err := s.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), s.Close())
	}
	return s, nil
}

// load reads the lines, and cuts off a last one that an interruption left incomplete.
func (s *State) load() error {
	in := bufio.NewReaderSize(s.file, 1<<20)
	length, account, first := int64(0), s.Account, true
	for {
		line, err := readLine(in)
		if err != nil {
			return err
		}
		if !bytes.HasSuffix(line, []byte("\n")) {
			break
		}
		var e entry
		if json.Unmarshal(line, &e) != nil || first && (e.Format != format || e.Account != account) {
			return ErrForeign
		}
		if err := s.take(e); err != nil {
			return err
		}
		length, first = length+int64(len(line)), false
	}
	if first {
		return ErrForeign
	}
	if err := s.file.Truncate(length); err != nil {
		return err
	}
	_, err := s.file.Seek(length, io.SeekStart)
	return err
}

func readLine(in *bufio.Reader) (line []byte, err error) {
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > maxLine:
			return nil, ErrForeign
		case err == nil, errors.Is(err, io.EOF):
			return line, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}

// take adds what one line has.
func (s *State) take(e entry) error {
	switch {
	case e.Format != "":
		s.Began = e.Began
	case e.Again:
		s.Answers, s.marker = nil, ""
	case e.Page != nil:
		var a authdetails.Answer
		if err := json.Unmarshal(e.Page, &a); err != nil {
			return ErrForeign
		}
		s.Answers, s.marker, s.Complete = append(s.Answers, a), e.Marker, e.Marker == ""
	case e.Credentials != nil:
		s.Credentials = e.Credentials
	case e.Accessed != nil:
		s.Accessed[e.ARN] = e.Accessed
	}
	return nil
}

// keep takes an entry, and writes it to the file before the next call of AWS.
func (s *State) keep(e entry) error {
	if err := s.take(e); err != nil {
		return err
	}
	if s.file == nil {
		return nil
	}
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	_, err = s.file.Write(append(line, '\n'))
	return err
}

// Close closes the state file.
func (s *State) Close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}

// Details are what the pages say.
func (s *State) Details() *authdetails.Details { return authdetails.Of(s.Answers...) }
