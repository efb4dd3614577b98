package command

import "fmt"

// follow reads the first page, or all, and says if there are more.
func (a *app) follow(all bool, read func(cursor string) (next string, err error)) error {
	more, err := eachPage(all, read)
	if more {
		fmt.Fprintln(a.Stderr, "curfew: there are more; --all lists them all")
	}
	return err
}

// eachPage reads the first page, or all. It stops if a cursor repeats.
func eachPage(all bool, read func(cursor string) (next string, err error)) (more bool, err error) {
	for cursor := ""; ; {
		next, err := read(cursor)
		switch {
		case err != nil || next == "":
			return false, err
		case !all:
			return true, nil
		case next == cursor:
			return false, &failure{Unexpected, "the API gave the same page twice; try again without --all"}
		}
		cursor = next
	}
}
