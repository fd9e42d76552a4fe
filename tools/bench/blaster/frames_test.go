package main

import (
	"strings"
	"testing"
)

const golden = "INFO {\"a\":1}\r\nPONG\r\nMSG a.b 1 3\r\nabc\r\nMSG a.b 1 3\r\n\r\nc\r\nPING\r\n" +
	"MSG a.b 1 _R.1 0\r\n\r\nHMSG a.b 1 12 14\r\nNATS/1.0\r\n\r\nhi\r\n+OK\r\nMSG a.b 1 3\r\nxyz\r\n"

// feed hands the text over in two reads cut at split, as the connection does.
func feed(t *testing.T, f *frameReader, text string, split int) {
	t.Helper()
	pending := []byte{}
	for _, part := range []string{text[:split], text[split:]} {
		pending = append(pending, part...)
		took, err := f.consume(pending)
		if err != nil {
			t.Fatalf("split %d: %v", split, err)
		}
		pending = pending[took:]
	}
	if len(pending) != 0 {
		t.Fatalf("split %d: %q is left over", split, pending)
	}
}

func TestEverySplitPointGivesTheSameCounts(t *testing.T) {
	for split := 0; split <= len(golden); split++ {
		for _, whole := range []bool{false, true} {
			f := &frameReader{}
			seen := []string{}
			if whole {
				f.onMessage = func(payload []byte) error {
					seen = append(seen, string(payload))
					return nil
				}
			}
			feed(t, f, golden, split)
			if f.messages != 5 || f.payloadBytes != 3+3+0+14+3 || f.pings != 1 || f.pongs != 1 {
				t.Fatalf("split %d: %+v", split, f)
			}
			if whole && strings.Join(seen, "|") != "abc|\r\nc||NATS/1.0\r\n\r\nhi|xyz" {
				t.Fatalf("split %d: %q", split, seen)
			}
		}
	}
}

func TestWhatIsNotAFrameIsAnError(t *testing.T) {
	for _, text := range []string{"-ERR 'Slow Consumer'\r\n", "MSG a 1 x\r\n", "MSG a 1 2\r\nabcd\r\n", "nonsense\r\n", "MSG a 1 5\n"} {
		f := &frameReader{}
		if _, err := f.consume([]byte(text)); err == nil {
			t.Errorf("%q passed", text)
		}
	}
}

func TestTheAckScannerReadsSequencesAndRefusals(t *testing.T) {
	if seq, err := ackSequence([]byte(`{"stream":"S","seq":9007}`)); err != nil || seq != 9007 {
		t.Errorf("%d %v", seq, err)
	}
	if seq, err := ackSequence([]byte(`{"stream":"S", "domain":"x", "seq": 12,"duplicate":true}`)); err == nil {
		t.Errorf("a duplicate passed as %d", seq)
	}
	if _, err := ackSequence([]byte(`{"error":{"code":503,"err_code":10076,"description":"x"},"stream":"S","seq":0}`)); err == nil {
		t.Error("an error passed")
	}
	if _, err := ackSequence([]byte("NATS/1.0 503\r\n\r\n")); err == nil {
		t.Error("a 503 passed")
	}
}
