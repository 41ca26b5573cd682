package oktasim_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"slices"
	"testing"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"
)

// A passkey is a security key in software: what a browser and its
// authenticator do together, for the tests of both ceremonies.
type passkey struct {
	t      *testing.T
	origin string // of the page that asks
	rpID   string
	id     []byte
	user   []byte // user handle; kept as a discoverable credential keeps it
	key    *ecdsa.PrivateKey
	count  uint32
}

func newPasskey(t *testing.T, origin, rpID string) *passkey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 32)
	rand.Read(id)
	return &passkey{t: t, origin: origin, rpID: rpID, id: id, key: key}
}

// create answers navigator.credentials.create, in the fields of the form.
func (p *passkey) create(activation document) document {
	p.user, _ = base64.RawURLEncoding.DecodeString(activation["user"].(document)["id"].(string))
	public, err := p.key.PublicKey.Bytes() // 0x04, x, y
	if err != nil {
		p.t.Fatal(err)
	}
	cose := p.cbor(map[int]any{1: 2, 3: -7, -1: 1, -2: public[1:33], -3: public[33:]})
	attested := slices.Concat(make([]byte, 16), binary.BigEndian.AppendUint16(nil, uint16(len(p.id))), p.id, cose)
	object := p.cbor(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": append(p.data(0x45), attested...)})
	return document{
		"clientData":  p.client("webauthn.create", activation["challenge"].(string)),
		"attestation": base64.RawURLEncoding.EncodeToString(object),
		"transports":  `["internal","hybrid"]`,
	}
}

// get answers navigator.credentials.get.
func (p *passkey) get(challenge document) document {
	p.count++
	client := p.client("webauthn.get", challenge["challenge"].(string))
	clientJSON, _ := base64.RawURLEncoding.DecodeString(client)
	data, hash := p.data(0x05), sha256.Sum256(clientJSON)
	digest := sha256.Sum256(slices.Concat(data, hash[:]))
	signature, err := ecdsa.SignASN1(rand.Reader, p.key, digest[:])
	if err != nil {
		p.t.Fatal(err)
	}
	return document{
		"clientData":        client,
		"authenticatorData": base64.RawURLEncoding.EncodeToString(data),
		"signatureData":     base64.RawURLEncoding.EncodeToString(signature),
	}
}

// discover is get by a key that also says whose it is.
func (p *passkey) discover(challenge document) document {
	out := p.get(challenge)
	out["userHandle"] = base64.RawURLEncoding.EncodeToString(p.user)
	return out
}

func (p *passkey) client(kind, challenge string) string {
	content, _ := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": p.origin, "crossOrigin": false})
	return base64.RawURLEncoding.EncodeToString(content)
}

// data is the authenticator data without what was attested.
func (p *passkey) data(flags byte) []byte {
	rp := sha256.Sum256([]byte(p.rpID))
	return binary.BigEndian.AppendUint32(append(rp[:], flags), p.count)
}

func (p *passkey) cbor(of any) []byte {
	out, err := webauthncbor.Marshal(of)
	if err != nil {
		p.t.Fatal(err)
	}
	return out
}
