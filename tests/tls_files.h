/*
 * For tests: a certificate authority, a certificate of it for "localhost" with
 * its key, an authority that knows nothing of it, and a broker's password file.
 * Made for this and good for nothing else.
 */
#ifndef TESTS_TLS_FILES_H
#define TESTS_TLS_FILES_H

static const char tls_ca[] = "-----BEGIN CERTIFICATE-----\n"
			     "MIIBcTCCARegAwIBAgIUTfLsPyQVHn2YnTFB6Thr95GoqHMwCgYIKoZIzj0EAwIw\n"
			     "DTELMAkGA1UEAwwCY2EwIBcNMjYxMTI0MDM1MjUxWhgPMjEyNjEwMzEwMzUyNTFa\n"
			     "MA0xCzAJBgNVBAMMAmNhMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE7eg17Hrc\n"
			     "vtQN4/PAdYXjDNKHHf8cSeyAJ4e9558hAWjy0I+0r0nONt949Hg5G+SLM7dJOlD4\n"
			     "2+L+sCRgpNJhvqNTMFEwHQYDVR0OBBYEFJffWKxcqM980URD9SRG69fJpHVbMB8G\n"
			     "A1UdIwQYMBaAFJffWKxcqM980URD9SRG69fJpHVbMA8GA1UdEwEB/wQFMAMBAf8w\n"
			     "CgYIKoZIzj0EAwIDSAAwRQIgbCHawv2EDrURYAI9q3AMg2PGKJU8ACwXGbu8mBAw\n"
			     "LakCIQCLYW5T4waIhDqnxy8G0LM83mno2iti9XMPyNF4L5LyqA==\n"
			     "-----END CERTIFICATE-----\n";

static const char tls_other_ca[] =
	"-----BEGIN CERTIFICATE-----\n"
	"MIIBdjCCAR2gAwIBAgIUFpNFhGBny8BO6F4zWQwcZ8Z0yXMwCgYIKoZIzj0EAwIw\n"
	"EDEOMAwGA1UEAwwFb3RoZXIwIBcNMjYxMTI0MDM1MjUxWhgPMjEyNjEwMzEwMzUy\n"
	"NTFaMBAxDjAMBgNVBAMMBW90aGVyMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n"
	"dXPK4SohpW8uBsF4MWNGpBMllqsVWvpxE1r+JszQbfw2O0ap3kHTmyvF4sMBr1tV\n"
	"wsuuom8s1Ra84EeVal/0Y6NTMFEwHQYDVR0OBBYEFGTbfEUGVSGz0xGpzjpg2oDK\n"
	"3ZWkMB8GA1UdIwQYMBaAFGTbfEUGVSGz0xGpzjpg2oDK3ZWkMA8GA1UdEwEB/wQF\n"
	"MAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgS8zxXCPl+CwPeE5QgNEV1+u6AgzlTua8\n"
	"supnDi/PeD8CIHyz+WiVBC1T0iGEt/4oVQbXmsX8+IE7osSrDboCgknQ\n"
	"-----END CERTIFICATE-----\n";

static const char tls_certificate[] =
	"-----BEGIN CERTIFICATE-----\n"
	"MIIBfTCCASOgAwIBAgIUQwDxtv4IXU7YvU7QtqPuU8prQ9swCgYIKoZIzj0EAwIw\n"
	"DTELMAkGA1UEAwwCY2EwIBcNMjYxMTI0MDM1MjUxWhgPMjEyNjEwMzEwMzUyNTFa\n"
	"MBQxEjAQBgNVBAMMCWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IA\n"
	"BFaehzqSLWSOTozJPluHPdGxgUTxl3bdl6aeID+yOZmrt3Xg1+w9v569C+OWYAEp\n"
	"zVztB26wpEzbsN8E8DQA+22jWDBWMBQGA1UdEQQNMAuCCWxvY2FsaG9zdDAdBgNV\n"
	"HQ4EFgQUvNJZLmNrCufLVlYU5YbHUnsmhEEwHwYDVR0jBBgwFoAUl99YrFyoz3zR\n"
	"REP1JEbr18mkdVswCgYIKoZIzj0EAwIDSAAwRQIgHp7Ij4DDNtWhqMXE58rUV/Ev\n"
	"VPQ3SVO+O49hlPGxcFICIQCfifgKTkSjntLdE2E3wdU+9f9gVZv/fEROA7BpsxlR\n"
	"qQ==\n"
	"-----END CERTIFICATE-----\n";

static const char tls_key[] = "-----BEGIN EC PRIVATE KEY-----\n"
			      "MHcCAQEEIFSjDjxbCFPEdX0vFCehQnHm523hiDmBe81v149GyELooAoGCCqGSM49\n"
			      "AwEHoUQDQgAEVp6HOpItZI5OjMk+W4c90bGBRPGXdt2Xpp4gP7I5mau3deDX7D2/\n"
			      "nr0L45ZgASnNXO0HbrCkTNuw3wTwNAD7bQ==\n"
			      "-----END EC PRIVATE KEY-----\n";

/* user "li", password "open-sesame" */
static const char password_line[] = "li:$7$101$C3dD/kgVzvoq2N1i$z2f4SWk817GV4Z5x7vivXzKH7vbLdiWat"
				    "iw1Put/qj/1mYmGP3qWTy39Dp+kEJ4CjeTTTELEciuzMuAYono1GQ==\n";

#endif
