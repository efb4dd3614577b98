package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// The files of the npm package, as far as they are read.
type (
	npmAction struct {
		Name          string
		AccessLevel   string
		ConditionKeys []string
		ResourceTypes []npmResource
	}
	npmResource struct {
		Name          string
		Required      bool
		ConditionKeys []string
	}
	npmType struct {
		Key, ARN      string
		ConditionKeys []string
	}
)

// levels are those of the npm package and their letters.
var levels = map[string]string{"Read": "R", "List": "L", "Write": "W", "Tagging, Write": "T", "Permissions management, Write": "P"}

// generate gives the text of an unpacked npm package.
func generate(npm fs.FS) ([]byte, error) {
	var about struct{ Name, Version string }
	var services []string
	licence, err := fs.ReadFile(npm, "LICENSE.txt")
	if err == nil {
		err = read(npm, "package.json", &about)
	}
	if err == nil {
		err = read(npm, "data/services.json", &services)
	}
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "# %s %s\n", about.Name, about.Version)
	fmt.Fprintln(&out, "# Written by \"go run ./scripts/iamdata\": do not edit. Its form: decode.go.")
	for line := range strings.Lines(string(licence)) {
		fmt.Fprintln(&out, strings.TrimRight("# "+line, " \r\n"))
	}
	slices.Sort(services)
	fmt.Fprintf(&out, "= %s \n", strings.Join(services, " "))
	for _, name := range services {
		s := service{name: name}
		if err := s.read(npm); err != nil {
			return nil, fmt.Errorf("service %s: %w", name, err)
		}
		if err := s.write(&out); err != nil {
			return nil, fmt.Errorf("service %s: %w", name, err)
		}
	}
	return out.Bytes(), nil
}

func read(npm fs.FS, name string, into any) error {
	text, err := fs.ReadFile(npm, name)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

// service is one service of the npm package. Its names are in lower case where they are keys.
type service struct {
	name    string
	actions map[string]npmAction
	types   map[string]npmType
	keys    []string // sorted
	sets    []string // each a list of numbers of keys
}

func (s *service) read(npm fs.FS) error {
	if err := read(npm, "data/actions/"+s.name+".json", &s.actions); err != nil {
		return err
	}
	if err := read(npm, "data/resourceTypes/"+s.name+".json", &s.types); err != nil {
		return err
	}
	all := map[string]bool{}
	for _, a := range s.actions {
		for _, key := range a.ConditionKeys {
			all[key] = true
		}
		for _, r := range a.ResourceTypes {
			for _, key := range r.ConditionKeys {
				all[key] = true
			}
		}
	}
	for _, t := range s.types {
		for _, key := range t.ConditionKeys {
			all[key] = true
		}
	}
	s.keys = slices.Sorted(maps.Keys(all))
	s.sets = []string{""}
	return nil
}

func (s *service) write(out *bytes.Buffer) error {
	types := slices.Sorted(maps.Keys(s.types))
	var lines bytes.Buffer
	for _, key := range types {
		formats := strings.ReplaceAll(s.types[key].ARN, "arn:${Partition}:", "")
		name := s.types[key].Key
		if set := s.set(s.types[key].ConditionKeys); set != "" {
			name += ":" + set
		}
		lines.WriteString("R\t" + name + "\t" + strings.ReplaceAll(formats, ", ", "\t") + "\n")
	}
	for _, key := range slices.Sorted(maps.Keys(s.actions)) {
		a := s.actions[key]
		level, ok := levels[a.AccessLevel]
		if !ok || strings.ToLower(a.Name) != key {
			return fmt.Errorf("action %s: level %q", key, a.AccessLevel)
		}
		lines.WriteString(a.Name + "\t" + level + s.set(a.ConditionKeys))
		slices.SortStableFunc(a.ResourceTypes, func(a, b npmResource) int { return strings.Compare(a.Name, b.Name) })
		for _, r := range a.ResourceTypes {
			i, ok := slices.BinarySearch(types, strings.ToLower(r.Name))
			if !ok {
				return fmt.Errorf("action %s: no resource type %q", key, r.Name)
			}
			lines.WriteString("\t" + number(i))
			if r.Required {
				lines.WriteString("!")
			}
			if set := s.set(r.ConditionKeys); set != "" {
				lines.WriteString(":" + set)
			}
		}
		lines.WriteString("\n")
	}
	fmt.Fprintf(out, "@%s\n", s.name)
	if len(s.keys) > 0 {
		fmt.Fprintf(out, "K\t%s\nS\t%s\n", strings.Join(s.keys, "\t"), strings.Join(s.sets[1:], "\t"))
	}
	out.Write(lines.Bytes())
	return nil
}

// set gives the number of a set of condition keys; empty: the empty set.
func (s *service) set(keys []string) string {
	numbers := make([]int, 0, len(keys))
	for _, key := range keys {
		i, _ := slices.BinarySearch(s.keys, key)
		numbers = append(numbers, i)
	}
	slices.Sort(numbers)
	var list []string
	for _, n := range slices.Compact(numbers) {
		list = append(list, number(n))
	}
	set := strings.Join(list, ",")
	if set == "" {
		return ""
	}
	i := slices.Index(s.sets, set)
	if i < 0 {
		i = len(s.sets)
		s.sets = append(s.sets, set)
	}
	return number(i)
}

func number(n int) string { return strconv.FormatInt(int64(n), 36) }
