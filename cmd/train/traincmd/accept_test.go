package traincmd

import (
	"path/filepath"
	"strings"
	"testing"
)

// What a run accepts, -dry-run and -find-lr accept too. What it refuses, they refuse with the
// same words. Without -kills of at least 1000, three of four settings that are accepted are
// tried with -dry-run only.
func TestTrialsAcceptWhatARunAccepts(t *testing.T) {
	set := fewDigits(t)
	from := filepath.Dir(pretrained(t, set))
	tune := "-finetune " + from + " -classes 5-9 "
	for i, args := range []string{
		tune + "-unfreeze-at 2",
		tune + "-unfreeze-at 2 -unfreeze-every 1",
		tune + "-unfreeze-at 1 -layer-decay 0.5 -baseline",
		tune + "-freeze conv1* -feature-memory 0",
		"-patience 1 -until 1 -schedule plateau", "-schedule cosine:warmup=0.1 -val 0",
		"-finish 0.5:none -augment light", "-average 0.9", "-mixup 0.2 -accumulate 3",
		"-class-weights balanced", "-class-weights 1,1,1,1,1,1,1,1,1,2", "-limit-per-class 20", "-overfit-batches 15",
		"-seeds 2", "-require-acc 1", "-checkpoint-steps 1 -checkpoint-minutes 0",
	} {
		words := strings.Fields(args)
		common := []string{"-data", set, "-dataset", "mnist", "-epochs", "2", "-batch", "5"}
		if !strings.Contains(args, "-finetune") {
			common = append(common, "-model", "small")
		}
		dir := t.TempDir()
		mustRun(t, append(append(common, words...), "-dry-run", "-out", filepath.Join(dir, "dry"))...)
		if i%4 != 0 && *kills < 1000 {
			continue
		}
		mustRun(t, append(append(common, words...), "-find-lr", "-out", filepath.Join(dir, "find"))...)
		mustRun(t, append(append(common, words...), "-out", filepath.Join(dir, "run"))...)
	}
	for args, want := range map[string]string{
		"-batch 16 -val 0 -patience 1":         "patience is 1",
		"-batch 16 -val 0 -schedule plateau":   "schedule is plateau",
		"-batch 16 -unfreeze-at 1":             "unfreeze-at is 1, but nothing is frozen",
		"-batch 16 -unfreeze-at 9":             "unfreeze-at is 9, but the run ends with epoch 2",
		"-batch 100 -accumulate 9":             "accumulate is 9 batches for an update, but an epoch has only 3",
		"-batch 16 -lr-mult cnv*=2":            `the pattern "cnv*" matches no parameter`,
		"-batch 16 -class-weights 1,2":         "2 ",
		"-batch 16 -optimizer sgd -momentum 2": "momentum is 2",
	} {
		for _, trial := range []string{"-dry-run", "-find-lr", "-epochs=2"} {
			mustFail(t, want, append(strings.Fields(args), trial, "-data", set, "-dataset", "mnist", "-model", "small", "-epochs", "2", "-out", filepath.Join(t.TempDir(), "run"))...)
		}
	}
}
