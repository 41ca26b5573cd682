package signin

import (
	"fmt"
	"net/http"

	"github.com/caddy-okta/caddy-okta/caddyauth/idx"
	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
)

// MaxRecorded is the most that is read of an answer, in bytes; as much as of
// Okta's own.
const MaxRecorded = 1 << 20

// ReadAnswer reads an answer that was kept somewhere, as Okta sent it. Where the
// status is not known (0), an answer with an error in it is taken for one that
// refuses what was posted (400), and any other for one that accepts it. An error
// means that it is not an IDX answer.
func ReadAnswer(body []byte, status int) (*okta.Answer, error) {
	if len(body) > MaxRecorded {
		return nil, fmt.Errorf("more than %d bytes are no IDX answer", MaxRecorded)
	}
	response, err := idx.Decode(body)
	if err != nil {
		return nil, err
	}
	answer := &okta.Answer{Status: status, Size: len(body), Response: response}
	if status == 0 {
		answer.Status = http.StatusOK
		for _, m := range response.AllMessages() {
			if class(m.Class) == "ERROR" {
				answer.Status = http.StatusBadRequest
			}
		}
	}
	return answer, nil
}
