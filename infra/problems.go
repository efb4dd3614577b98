package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

type problems []string

func (p *problems) addf(format string, args ...any) { *p = append(*p, fmt.Sprintf(format, args...)) }

func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return fmt.Errorf("settings: %s", strings.Join(p, "; "))
}

func one(wrong *problems, key, value string, form *regexp.Regexp) {
	if value != "" && !form.MatchString(value) {
		wrong.addf("%s is %q, which is not a valid value", key, value)
	}
}

func each(wrong *problems, key string, values []string, form *regexp.Regexp) {
	for _, v := range values {
		one(wrong, key, v, form)
	}
	sorted := slices.Sorted(slices.Values(values))
	if len(slices.Compact(sorted)) != len(values) {
		wrong.addf("%s has an entry twice: remove one", key)
	}
}
