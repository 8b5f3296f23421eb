/* What reason codes of MQTT 5 mean for a message. */
#include "daemon/mqtt/mqtt.h"

enum mqtt_outcome mqtt_outcome(int reason_code)
{
	switch (reason_code) {
	case 0x00:
		return MQTT_RECORDED;
	case 0x80: /* unspecified error */
	case 0x83: /* implementation specific error */
	case 0x97: /* quota exceeded */
		return MQTT_NOT_NOW;
	default:
		return reason_code < MQTT_REFUSED ? MQTT_UNHEARD : MQTT_NEVER;
	}
}
