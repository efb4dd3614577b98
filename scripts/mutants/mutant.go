package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
)

// mutant is one change of one file.
type mutant struct {
	name  string // unique; its first word says what it is about
	takes string // what it takes away, for the table
	file  string // from the root of the module, with forward slashes
	old   string // must stand in the file exactly once
	new   string // what stands there instead
	// explained says which second safeguard covers it, if no test can see that it is gone; else empty.
	explained string
}

// mutants are all of them, chapter by chapter.
func mutants() []mutant {
	return slices.Concat(machine(), asking(), deciding(), granting(), ending(), nets(), sweeping(), flooding(), containing(), singing(), triggering(), policies(), storing())
}

// folder is the mutant's name as that of a folder.
func (m mutant) folder() string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return '-'
	}, m.name)
}

// apply gives the file's text with the mutant in it.
func (m mutant) apply(text string) (string, error) {
	if m.old == m.new {
		return "", fmt.Errorf("mutant %s changes nothing", m.name)
	}
	switch strings.Count(text, m.old) {
	case 1:
		return strings.Replace(text, m.old, m.new, 1), nil
	case 0:
		return "", fmt.Errorf("mutant %s does not apply: the code changed (%s)", m.name, m.file)
	}
	return "", fmt.Errorf("mutant %s does not apply: its text stands more than once in %s", m.name, m.file)
}

// overlay writes the mutated file and, beside it, the file for the flag -overlay, whose path it gives. The embedding of a
// file follows the overlay too, so that this works for the state machine's definition as it does for Go.
func (m mutant) overlay(root, folder string) (string, error) {
	original := filepath.Join(root, filepath.FromSlash(m.file))
	text, err := os.ReadFile(original)
	if err != nil {
		return "", err
	}
	mutated, err := m.apply(string(text))
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	changed := filepath.Join(folder, filepath.Base(original))
	if err := os.WriteFile(changed, []byte(mutated), 0o600); err != nil {
		return "", err
	}
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {original: changed}})
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "overlay.json")
	return path, os.WriteFile(path, replace, 0o600)
}
