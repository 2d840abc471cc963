// Command pictures writes the pictures of chapter 6: a form with a postal code, or a folder with the
// letters of another alphabet.
//
//	go run ./docs/book/pictures -form form.png -code 518055
//	go run ./docs/book/pictures -alphabet letters
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"

	"inkstone/docs/book/samples"
)

func main() {
	if err := run(os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "pictures:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("pictures", flag.ContinueOnError)
	form := flags.String("form", "", "write a form with a postal code to this PNG `file`")
	code := flags.String("code", "518055", "the `digits` of the postal code")
	alphabet := flags.String("alphabet", "", "write Greek letters into this `folder`, which must not exist")
	each := flags.Int("each", 60, "`pictures` of each letter")
	seed := flags.Uint64("seed", 1, "`seed` of the pictures")
	if err := flags.Parse(args); err != nil {
		return err
	}
	switch {
	case flags.NArg() > 0:
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case *form != "":
		page, err := samples.Form(*seed, *code)
		if err != nil {
			return err
		}
		return samples.WritePNG(*form, page)
	case *alphabet != "":
		if _, err := os.Stat(*alphabet); err == nil {
			return fmt.Errorf("%s exists", *alphabet)
		}
		return samples.WriteAlphabet(*alphabet, *seed, *each)
	}
	return errors.New("want -form FILE or -alphabet FOLDER")
}
