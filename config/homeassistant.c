/*
 * Sources: home-assistant/core, homeassistant/components/binary_sensor/__init__.py
 * (BinarySensorDeviceClass), homeassistant/components/sensor/const.py (DEVICE_CLASS_UNITS,
 * DEVICE_CLASS_STATE_CLASSES), homeassistant/const.py (units), as of 2025. Left out are the
 * classes that are no numbers (date, enum, timestamp) and monetary.
 */
#include "config/homeassistant.h"

#include <string.h>

static const struct device_class binary_classes[] = {
	{ "battery" },
	{ "battery_charging" },
	{ "carbon_monoxide" },
	{ "cold" },
	{ "connectivity" },
	{ "door" },
	{ "garage_door" },
	{ "gas" },
	{ "heat" },
	{ "light" },
	{ "lock" },
	{ "moisture" },
	{ "motion" },
	{ "moving" },
	{ "occupancy" },
	{ "opening" },
	{ "plug" },
	{ "power" },
	{ "presence" },
	{ "problem" },
	{ "running" },
	{ "safety" },
	{ "smoke" },
	{ "sound" },
	{ "tamper" },
	{ "update" },
	{ "vibration" },
	{ "window" },
	{ NULL },
};

#define UNITS(...)                                                                                 \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}
#define LENGTH UNITS("km", "m", "cm", "mm", "mi", "nmi", "yd", "ft", "in")
#define PRESSURE UNITS("Pa", "hPa", "kPa", "bar", "cbar", "mbar", "mmHg", "inHg", "psi")
#define TEMPERATURE UNITS("°C", "°F", "K")
#define VOLUME UNITS("m³", "L", "mL", "ft³", "CCF", "gal", "fl. oz.")
#define ENERGY                                                                                     \
	UNITS("J", "kJ", "MJ", "GJ", "mWh", "Wh", "kWh", "MWh", "GWh", "TWh", "cal", "kcal",       \
		"Mcal", "Gcal")
#define SPEED                                                                                      \
	UNITS("m/s", "km/h", "mm/s", "ft/s", "in/s", "mph", "kn", "Beaufort", "mm/d", "mm/h",      \
		"in/d", "in/h")
#define WIND UNITS("m/s", "km/h", "mm/s", "ft/s", "in/s", "mph", "kn", "Beaufort")
#define DUST UNITS("µg/m³")

static const char measurement[] = "measurement";
static const char total[] = "total_increasing"; /* what a meter counts */

/* Laid out by hand: as columns of clang-format they would be unreadable. */
/* clang-format off */
static const struct device_class sensor_classes[] = {
	{ "apparent_power", UNITS("mVA", "VA", "kVA"), measurement },
	{ "aqi", UNITS(""), measurement },
	{ "area", UNITS("m²", "cm²", "km²", "mm²", "in²", "ft²", "yd²", "mi²", "ac", "ha"), measurement },
	{ "atmospheric_pressure", PRESSURE, measurement },
	{ "battery", UNITS("%"), measurement },
	{ "carbon_dioxide", UNITS("ppm"), measurement },
	{ "carbon_monoxide", UNITS("ppm"), measurement },
	{ "conductivity", UNITS("S/cm", "mS/cm", "µS/cm"), measurement },
	{ "current", UNITS("A", "mA"), measurement },
	{ "distance", LENGTH, measurement },
	{ "duration", UNITS("d", "h", "min", "s", "ms"), measurement },
	{ "energy", ENERGY, total },
	{ "energy_storage", ENERGY, measurement },
	{ "frequency", UNITS("Hz", "kHz", "MHz", "GHz"), measurement },
	{ "gas", UNITS("m³", "ft³", "CCF"), total },
	{ "humidity", UNITS("%"), measurement },
	{ "illuminance", UNITS("lx"), measurement },
	{ "irradiance", UNITS("W/m²", "BTU/(h⋅ft²)"), measurement },
	{ "moisture", UNITS("%"), measurement },
	{ "nitrogen_dioxide", DUST, measurement },
	{ "nitrogen_monoxide", DUST, measurement },
	{ "nitrous_oxide", DUST, measurement },
	{ "ozone", DUST, measurement },
	{ "ph", UNITS(""), measurement },
	{ "pm1", DUST, measurement },
	{ "pm10", DUST, measurement },
	{ "pm25", DUST, measurement },
	{ "power", UNITS("W", "kW", "MW", "GW", "TW"), measurement },
	{ "power_factor", UNITS("%", ""), measurement },
	{ "precipitation", UNITS("mm", "cm", "in"), measurement },
	{ "precipitation_intensity", UNITS("mm/d", "mm/h", "in/d", "in/h"), measurement },
	{ "pressure", PRESSURE, measurement },
	{ "reactive_power", UNITS("var"), measurement },
	{ "signal_strength", UNITS("dB", "dBm"), measurement },
	{ "sound_pressure", UNITS("dB", "dBA"), measurement },
	{ "speed", SPEED, measurement },
	{ "sulphur_dioxide", DUST, measurement },
	{ "temperature", TEMPERATURE, measurement },
	{ "temperature_delta", TEMPERATURE, measurement },
	{ "volatile_organic_compounds", DUST, measurement },
	{ "volatile_organic_compounds_parts", UNITS("ppm", "ppb"), measurement },
	{ "voltage", UNITS("V", "mV", "µV", "kV", "MV"), measurement },
	{ "volume", VOLUME, total },
	{ "volume_flow_rate", UNITS("m³/h", "m³/s", "ft³/min", "L/h", "L/min", "L/s", "gal/min", "mL/s"), measurement },
	{ "volume_storage", VOLUME, measurement },
	{ "water", UNITS("m³", "L", "ft³", "CCF", "gal"), total },
	{ "weight", UNITS("kg", "g", "mg", "µg", "oz", "lb", "st"), measurement },
	{ "wind_direction", UNITS("°"), NULL },
	{ "wind_speed", WIND, measurement },
	{ NULL },
};

/* How a site may write a unit, and how Home Assistant does. */
static const struct {
	const char *ours, *theirs;
} spellings[] = {
	{ "degC", "°C" },
	{ "degF", "°F" },
	{ "C", "°C" },
	{ "deg", "°" },
	{ "m2", "m²" },
	{ "m3", "m³" },
	{ "ft3", "ft³" },
	{ "l", "L" },
	{ "ml", "mL" },
	{ "m3/h", "m³/h" },
	{ "m3/s", "m³/s" },
	{ "l/h", "L/h" },
	{ "l/min", "L/min" },
	{ "l/s", "L/s" },
	{ "ml/s", "mL/s" },
	{ "ug/m3", "µg/m³" },
	{ "uS/cm", "µS/cm" },
	{ "W/m2", "W/m²" },
	{ "lux", "lx" },
	{ "uV", "µV" },
	{ "dB(A)", "dBA" },
};
/* clang-format on */

static const struct device_class *classes_of(enum point_kind kind)
{
	return kind == POINT_STATE ? binary_classes : sensor_classes;
}

const struct device_class *device_class_find(enum point_kind kind, const char *name)
{
	const struct device_class *class = classes_of(kind);

	while (class->name && strcmp(class->name, name) != 0)
		class ++;
	return class->name ? class : NULL;
}

const char *device_class_name(enum point_kind kind, size_t i)
{
	return classes_of(kind)[i].name;
}

const char *device_unit(const char *unit)
{
	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++)
		if (strcmp(spellings[i].ours, unit) == 0)
			return spellings[i].theirs;
	return unit;
}

bool device_class_permits(const struct device_class *device_class, const char *unit)
{
	for (const char *const *permitted = device_class->units; permitted && *permitted;
		permitted++)
		if (strcmp(*permitted, unit) == 0)
			return true;
	return false;
}
