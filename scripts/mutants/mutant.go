package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"
)

// mostMutants is the maximum: stories cover the rest.
const mostMutants = 105

// mutant is one change of one declaration, or of one member of a JSON file.
type mutant struct {
	name  string // unique; the first word is the subject
	takes string // what it removes, for the table
	in    string // the folder, from the root of the module, with forward slashes
	of    string // Revoke, Service.Revoke, the name of a constant or variable, or a file of JSON
	edit  edit
}

// mutated is a file with a mutant in it.
type mutated struct{ path, source string }

// folder is the mutant's name as that of a folder.
func (m mutant) folder() string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return '-'
	}, m.name)
}

// apply finds the declaration in its package and edits it.
func (m mutant) apply(root string) (mutated, error) {
	folder := filepath.Join(root, filepath.FromSlash(m.in))
	var result mutated
	var err error
	if strings.HasSuffix(m.of, ".json") {
		result, err = m.edit.applyJSON(filepath.Join(folder, m.of))
	} else {
		result, err = m.applyGo(root, folder)
	}
	if err != nil {
		return mutated{}, fmt.Errorf("mutant %s does not apply: %w", m.name, err)
	}
	return result, nil
}

func (m mutant) applyGo(root, folder string) (mutated, error) {
	sources, err := sourcesOf(folder)
	if err != nil {
		return mutated{}, err
	}
	for _, s := range sources {
		if !strings.Contains(s.source, m.bare()) {
			continue // reading it is slow
		}
		d, found, err := declaration(s.path, s.source, m.of)
		if err != nil {
			return mutated{}, err
		}
		if found {
			text, err := m.edit.apply(d)
			return mutated{s.path, text}, err
		}
	}
	alike, err := m.alike(root)
	return mutated{}, errors.Join(fmt.Errorf("%s declares no %s. Functions with this name: %s", m.in, m.of, cmp.Or(strings.Join(alike, ", "), "none")), err)
}

// alike are the functions of the module with the mutant's name, whatever their package and receiver.
func (m mutant) alike(root string) (all []string, err error) {
	err = filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return err
		}
		if name := e.Name(); path != root && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "testdata") {
			return fs.SkipDir
		}
		sources, _ := sourcesOf(path) // not every folder has Go
		for _, s := range sources {
			d, _, err := declaration(s.path, s.source, m.of)
			if err != nil {
				return err
			}
			in, err := filepath.Rel(root, path)
			for _, name := range d.alike(m.bare()) {
				all = append(all, name+" in "+filepath.ToSlash(in))
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}

// bare is the name without the receiver.
func (m mutant) bare() string { return m.of[strings.LastIndex(m.of, ".")+1:] }

// sourcesOf are the Go files of a folder that are no tests.
func sourcesOf(folder string) (all []mutated, err error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if len(paths) == 0 || err != nil {
		return nil, errors.Join(fmt.Errorf("there is no Go in %s", folder), err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		all = append(all, mutated{path, string(text)})
	}
	return all, nil
}

// overlay writes the mutated file and the file for the flag -overlay, whose path it returns. Embedded files follow
// the overlay too, so this also works for the state machine.
func (m mutant) overlay(root, folder string) (string, error) {
	result, err := m.apply(root)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	changed := filepath.Join(folder, filepath.Base(result.path))
	if err := os.WriteFile(changed, []byte(result.source), 0o600); err != nil {
		return "", err
	}
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {result.path: changed}})
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "overlay.json")
	return path, os.WriteFile(path, replace, 0o600)
}
